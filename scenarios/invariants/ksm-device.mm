linuxmm-scenario 1
name:    ksm-device
intent:  ksmd scans a mergeable area in which device pages and system pages hold the same.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  ksm run = 1

steps:
  P0: a = mmap 4p
  P0: write a 0x11
  coherent0: migrate P0.a[0:2]
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 3
  P0: madvise a MADV_UNMERGEABLE

never: ksm-device
