linuxmm-scenario 1
name:    mbind-pinned-page
intent:  A page that cannot be moved is -EIO with MPOL_MF_STRICT only, the others have moved and
         the policy is set either way.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
          P0: a = mmap 3p rw private anon
          P0: write a 0x5a
          drain
          P0: h = pin a[1] FOLL_WRITE
  strict: P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE MPOL_MF_STRICT
  where:  P0: move_pages a
  policy: P0: numa_maps a policy
  back:   P0: mbind a MPOL_BIND node0 MPOL_MF_MOVE
  loose:  P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE

expect *:
  strict = -EIO
  where  = node1 node0 node1
  policy = policy=bind:1
  back   = 0
  loose  = 0

never: bad-page-map, bug, warn, isolated
