linuxmm-scenario 1
name:    mbind-default-moves-all
intent:  Without nodes every page lies elsewhere: MPOL_DEFAULT and MPOL_LOCAL with MPOL_MF_MOVE make
         new pages for those that are right, too; MPOL_DEFAULT knows neither STRICT nor holes.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
           P0: a = mmap 4p rw private anon
           P0: write a 0x5a
           P0: mbind a MPOL_BIND node0
           P0: munmap a[1]
           drain
  hole:    P0: mbind a MPOL_PREFERRED node0
  default: P0: mbind a MPOL_DEFAULT MPOL_MF_MOVE MPOL_MF_STRICT
  policy:  P0: numa_maps a[2] policy
  moved:   P0: vmstat pgmigrate_success
  local:   P0 on cpu1: mbind a[2:4] MPOL_LOCAL MPOL_MF_MOVE
  where:   P0: move_pages a
  shown:   P0: numa_maps a[2] policy

expect *:
  hole    = -EFAULT
  default = 0
  policy  = policy=default
  moved   = pgmigrate_success=3
  local   = 0
  where   = node0 -EFAULT node1*2
  shown   = policy=local

never: bad-page-map, bug, warn, isolated
