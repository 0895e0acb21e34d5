linuxmm-scenario 1
name:    interleave-by-offset
intent:  MPOL_INTERLEAVE goes by the place in the area, not by the order of faults.  A page on any
         of its nodes is right: MPOL_MF_MOVE leaves it, in its place or not.  Areas that had other
         policies when their first pages came have anon_vmas of their own: they stay two.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
          P0: a = mmap 6p rw private anon
          P0: mbind a[0:4] MPOL_INTERLEAVE node0 node1
          P0: write a[3] 0x5a
          P0: write a[0:3] 0x5a
          P0: write a[4:6] 0x5a
  faults: P0: move_pages a
  policy: P0: numa_maps a policy
          drain
  right:  P0: mbind a[4:6] MPOL_INTERLEAVE node0 node1 MPOL_MF_MOVE_ALL
  merged: P0: smaps a Size
  same:   P0: move_pages a
          P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE
          P0: mbind a MPOL_INTERLEAVE node0 MPOL_MF_MOVE
  all:    P0: move_pages a

expect *:
  faults = node0 node1 node0 node1 node0*2
  policy = policy=interleave:0-1
  right  = 0
  merged = Size=16
  same   = node0 node1 node0 node1 node0*2
  all    = node0*6

never: bad-page-map, bug, warn, isolated
