linuxmm-scenario 1
name:    report
intent:  Every report is read over pages of all kinds; each equals its sum over the entries.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  private0 256M
  dax0 64M
  swap 16M zram

steps:
  P0: a = mmap 5p
  P0: write a[1:5] 0x11
  P0: read a[0]
  coherent0: migrate P0.a[1]
  private0: migrate P0.a[2]
  drain
  P0: madvise a[3] MADV_PAGEOUT
  P0: d = mmap 1p rw shared dax0
  P0: read d
  P0: P1 = fork
  P0: smaps a
  P0: smaps_rollup
  P0: pagemap a
  P0: numa_maps a
  P0: kpagecount a
  P0: pagemap d
  P0: status

never: report
