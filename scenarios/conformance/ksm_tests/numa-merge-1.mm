linuxmm-scenario 1
name:    ksm-tests-numa-merge-1
intent:  ksm_tests -N -m 1: two equal pages on two nodes are merged while merge_across_nodes is on.
requires: ksm two_nodes

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
           P0: ksm_set run=2
           P0: ksm_set merge_across_nodes=1
           P0: a = mmap 1p rw private anon
           P0: b = mmap 1p rw private anon
           P0 on cpu0: write a 0x2a
           P0 on cpu1: write b 0x2a
  where_a: P0: move_pages a
  where_b: P0: move_pages b
           P0: madvise a MADV_MERGEABLE
           P0: ksm_set run=1
           ksmd: full_scan 2
           P0: madvise b MADV_MERGEABLE
           ksmd: full_scan 2
   merged: P0: ksm pages_shared pages_sharing

expect v6.1:
  where_a = node0
  where_b = node1
  merged  = pages_shared=1 pages_sharing=1

never: bad-page-map, bad-rss-counter, bug, warn
