linuxmm-scenario 1
name:    merged-after-the-parent-left
intent:  A parent takes its area out of ksmd's hands after a fork; the child's area makes merged pages
         of those that the parent still maps, and nobody can find the parent's mapping from them.
requires: ksm

machine:
  node0 512M
  node1 512M
  ksm run = 1

# Found by check v6.1 --scope ksm-fork, which tries every program of six actions. As in
# merged-by-the-child: the rmap item has the anon_vma of the VMA it scanned (mm/ksm.c:
# try_to_merge_one_page, rmap_walk_ksm), in which the child is, but not the parent. Played on Debian's 6.1.
steps:
          P0: a = mmap 2p
          P0: write a 0x11
          P0: madvise a MADV_MERGEABLE
          P0: P1 = fork
          P0: madvise a MADV_UNMERGEABLE
          ksmd: full_scan 3
  shared: P0: ksm pages_shared
   move:  P0: move_pages a[1] node1 MPOL_MF_MOVE_ALL
   still: P0: read a

expect v6.1:
  shared = pages_shared=1
  move  = ret=1 untouched
  still = 0x11*2
