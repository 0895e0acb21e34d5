linuxmm-scenario 1
name:    merged-page-left-to-the-child
intent:  A page that ksmd began to merge with one that is pinned stays a merged page, in no tree and
         mapped by the child alone: its mapping cannot be found from it, so nobody can move it.
requires: ksm

machine:
  node0 512M
  node1 512M
  ksm run = 1

# try_to_merge_two_pages makes the first page a KSM page before it looks at the second; when that
# one cannot be merged, break_cow gives the scanned mapping a copy, and every other mapping stays
# with a KSM page that has no stable node, through which rmap_walk_ksm would go (mm/ksm.c).
# The copy lies on the node on which ksmd ran: not looked at. Played on Debian's 6.1.
steps:
          P0: a = mmap 2p
          P0: write a 0x11
          P0: k = pin a[0]
          P0: P1 = fork
          P0: madvise a MADV_MERGEABLE
          ksmd: full_scan 2
  tree:   P0: ksm pages_shared pages_sharing
          P0: unpin k
          P0: munmap a
  flags:  P1: kpageflags P1.a[1]
  move:   P1: move_pages P1.a[1] node1 MPOL_MF_MOVE_ALL
  still:  P1: read P1.a

expect v6.1:
  tree  = pages_shared=0 pages_sharing=0
  move  = ret=1 untouched
  still = 0x11*2
