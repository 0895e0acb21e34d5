linuxmm-scenario 1
name:    mbind-moves
intent:  MPOL_MF_MOVE takes the pages that lie elsewhere to where the new policy says; pages to
         come go there too.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
           P0: a = mmap 4p rw private anon
           P0: write a[0:3] 0x5a
           drain
           P0: mbind a[1:4] MPOL_BIND node1 MPOL_MF_MOVE
           P0: write a[3] 0x5b
  where:   P0: move_pages a
  policy:  P0: numa_maps a[1] policy
  kept:    P0: read a
  counts:  P0: vmstat pgmigrate_success nr_isolated_anon

expect *:
  where  = node0 node1*3
  policy = policy=bind:1
  kept   = 0x5a*3 0x5b
  counts = pgmigrate_success=2 nr_isolated_anon=0

never: bad-page-map, bug, warn, isolated
