linuxmm-scenario 1
name:    ksm-tests-unmerge
intent:  ksm_tests -U: two merged pages that are both written to are merged no longer after one more
         scan.
requires: ksm

machine:
  node0 512M

steps:
          P0: ksm_set run=2
          P0: ksm_set merge_across_nodes=1
          P0: a = mmap 2p w private anon
          P0: write a 0x2a
          P0: mprotect a rw
  advice: P0: madvise a MADV_MERGEABLE
          P0: ksm_set run=1
          ksmd: full_scan 2
  merged: P0: ksm pages_shared pages_sharing
          P0: write a[0] 0x2d
          P0: write a[1] 0x2b
          ksmd: full_scan 1
   apart: P0: ksm pages_shared pages_sharing

expect v6.1:
  advice = 0
  merged = pages_shared=1 pages_sharing=1
  apart  = pages_shared=0 pages_sharing=0

never: bad-page-map, bad-rss-counter, bug, warn
