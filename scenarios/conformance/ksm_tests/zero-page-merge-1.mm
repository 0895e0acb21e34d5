linuxmm-scenario 1
name:    ksm-tests-zero-page-merge-1
intent:  ksm_tests -Z -z 1: with use_zero_pages ten pages of zeroes become the zero page, and no
         page counts as merged.
requires: ksm

machine:
  node0 512M

steps:
          P0: ksm_set run=2
          P0: ksm_set merge_across_nodes=1
          P0: ksm_set use_zero_pages=1
          P0: a = mmap 10p w private anon
          P0: write a 0x0
          P0: mprotect a rw
  advice: P0: madvise a MADV_MERGEABLE
          P0: ksm_set run=1
          ksmd: full_scan 2
  merged: P0: ksm pages_shared pages_sharing

expect v6.1:
  advice = 0
  merged = pages_shared=0 pages_sharing=0

never: bad-page-map, bad-rss-counter, bug, warn
