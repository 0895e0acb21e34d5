linuxmm-scenario 1
name:    unmergeable-without-access
intent:  MADV_UNMERGEABLE finds its KSM pages with follow_page, which in 6.1 passes over entries
         without access: there the pages stay shared.
requires: ksm

machine:
  node0 512M
  ksm run = 1

steps:
         P0: a = mmap 2p rw private anon
         P0: write a 0x5a
         P0: madvise a MADV_MERGEABLE
         ksmd: full_scan 3
         P0: mprotect a none
  undo:  P0: madvise a MADV_UNMERGEABLE
  apart: P0: kpagecount a

expect v5.17-coherent:
  undo  = 0
  apart = 1*2
expect split-v1:
  undo  = 0
  apart = 1*2
expect v6.1:
  undo  = 0
  apart = 2*2

never: bad-page-map
