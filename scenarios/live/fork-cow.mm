linuxmm-scenario 1
name:    fork-cow
intent:  After fork all share every page; whoever writes gets a copy, and the last one left
         keeps the page it has.

machine:
  node0 512M

steps:
  P0: a = mmap 6p rw private anon
  P0: s = mmap 2p rw shared anon
  P0: write a[0:5] 1 2 3 4 5
  P0: write s 0x11
  P0: P1 = fork
  P1: P2 = fork
  P1: write a[0] 0x21
  P2: write a[1] 0x32
  P0: write a[2] 0x13
  P2: write s[0] 0x99
  P0: read s
  P2: exit
  P0: pages a
  P1: write a[4:6] 0x77
  P0: write a[3:6] 0x66
  P1: munmap a[1]
  P0: kpagecount a
  P1: exit
  P0: write a 0x55
  P0: smaps a

never: bad-page-map, bad-rss-counter, bug, warn
