linuxmm-scenario 1
name:    ksm
intent:  Equal pages of two processes become one, a write takes its writer out, the end of a
         process leaves the others their page.
requires: ksm

machine:
  node0 512M
  ksm run = 1

steps:
  P0: a = mmap 6p rw private anon
  P0: write a 1 1 2 2 3 4
  P0: madvise a MADV_MERGEABLE
  P0: P1 = fork
  P1: write a[5] 0x1
  ksmd: full_scan 3
  P0: pages a
  P0: ksm
  P1: kpagecount a
  P1: write a[0] 0x8
  P0: write a[2] 0x2
  ksmd: full_scan 2
  P0: ksm
  P0: mlock a[1]
  P1: exit
  ksmd: full_scan 2
  P0: ksm
  P0: read a

never: bad-page-map, bad-rss-counter, ksm-device, bug, warn
