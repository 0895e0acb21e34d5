linuxmm-scenario 1
name:    coherent-page-is-left
intent:  mbind(2) passes over pages of device memory: what a lookup would let through, the test for
         reserved pages does not.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  cpus 2

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x5a
          drain
          coherent0: migrate P0.a[0]
  moves:  P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE MPOL_MF_STRICT
  strict: P0: mbind a MPOL_BIND node1 MPOL_MF_STRICT
  all:    P0: mbind a MPOL_DEFAULT MPOL_MF_MOVE_ALL
  where:  P0: pages a

expect *:
  moves  = 0
  strict = 0
  all    = 0
  where  = dev:x ram:x

never: bad-page-map, bug, warn, isolated
