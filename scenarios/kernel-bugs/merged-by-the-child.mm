linuxmm-scenario 1
name:    merged-by-the-child
intent:  A page that a child has from its parent becomes a merged page by the child's area: from
         then on the parent's mapping cannot be found from the page, so nobody can move it.

machine:
  node0 512M
  node1 512M
  ksm run = 1

# try_to_merge_one_page makes a KSM page of one that is "mapped elsewhere" too, and the rmap item
# remembers the anon_vma of the VMA it scanned; rmap_walk_ksm looks through that one, in which
# the child and its own children are, but not the parent (mm/ksm.c).  Read in the source, not run.
steps:
          P0: a = mmap 2p
          P0: write a 0x11
          P0: P1 = fork
          P1: madvise a MADV_MERGEABLE
          ksmd: full_scan 3
   move:  P0: move_pages a[1] node1 MPOL_MF_MOVE_ALL
   still: P0: read a

expect v6.1:
  move  = ret=1 untouched
  still = 0x11*2
