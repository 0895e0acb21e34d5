linuxmm-scenario 1
name:    ksm-tests-merge
intent:  ksm_tests -M: of ten equal pages one stays after two scans and stands for the nine others.
requires: ksm

machine:
  node0 512M

steps:
          P0: ksm_set run=2
          P0: ksm_set merge_across_nodes=1
          P0: a = mmap 10p w private anon
          P0: write a 0x2a
          P0: mprotect a rw
  advice: P0: madvise a MADV_MERGEABLE
          P0: ksm_set run=1
          ksmd: full_scan 2
  merged: P0: ksm pages_shared pages_sharing

expect v6.1:
  advice = 0
  merged = pages_shared=1 pages_sharing=9

never: bad-page-map, bad-rss-counter, bug, warn
