linuxmm-scenario 1
name:    mapcount
intent:  A page is shared by three processes, and leaves them one by one.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
  P0: a = mmap 2p
  P0: write a 0x11
  P0: P1 = fork
  P1: P2 = fork
  coherent0: migrate P0.a
  P1: write a[0] 0x22
  P2: munmap a[1]
  P0: madvise a MADV_DONTNEED
  P2: exit
  P1: exit

never: mapcount
