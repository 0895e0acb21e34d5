linuxmm-scenario 1
name:    rss
intent:  Counters while pages are in system memory, device memory, swap and shared memory.

machine:
  node0 512M
  node1 512M
  private0 256M
  swap 16M zram

steps:
  P0: a = mmap 3p
  P0: s = mmap 1p rw shared anon
  P0: write a 0x11
  P0: write s 0x22
  private0: migrate P0.a[0]
  drain
  P0: madvise a[1] MADV_PAGEOUT
  P0: P1 = fork
  P1: read a
  P1: read s
  P1: exit
  P0: munmap a

never: rss
