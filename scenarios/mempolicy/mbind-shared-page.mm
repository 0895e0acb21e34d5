linuxmm-scenario 1
name:    mbind-shared-page
intent:  A page that two processes map stays without MPOL_MF_MOVE_ALL, and that is no failure, not
         even for MPOL_MF_STRICT.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
         P0: a = mmap 2p rw private anon
         P0: write a 0x5a
         drain
         P0: P1 = fork
         P0: write a[1] 0x5b
  mine:  P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE MPOL_MF_STRICT
  one:   P0: move_pages a
  all:   P0: mbind a MPOL_PREFERRED node1 MPOL_MF_MOVE_ALL MPOL_MF_STRICT
  both:  P0: move_pages a
  child: P1: move_pages a

expect *:
  mine  = 0
  one   = node0 node1
  all   = 0
  both  = node1*2
  child = node1 node0

never: bad-page-map, bug, warn, isolated
