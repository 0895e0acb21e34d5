linuxmm-scenario 1
name:    content
intent:  What a process wrote, followed through fork, copy, device memory, swap and merging.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  private0 256M
  swap 16M zram
  ksm run = 1

steps:
  P0: a = mmap 3p
  P0: write a 0x11 0x22 0x11
  P0: P1 = fork
  P1: write a[0] 0x33
  coherent0: migrate P0.a[0]
  private0: migrate P1.a
  drain
  P0: madvise a[2] MADV_PAGEOUT
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 3
  P0: write a[1] 0x44
  P1: read a
  P0: read a

never: content
