linuxmm-scenario 1
name:    mbind-strict-on-dax
intent:  MPOL_MF_STRICT looks into DAX mappings although nothing there can move; a lookup without
         its row for device mappings calls their entries bad.

machine:
  node0 512M
  node1 512M
  dax0 64M
  cpus 2

steps:
          P0: a = mmap 1p rw shared dax0
          P0: read a
  moves:  P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE
  strict: P0: mbind a MPOL_BIND node1 MPOL_MF_STRICT
  both:   P0: mbind a MPOL_BIND node1 MPOL_MF_STRICT MPOL_MF_MOVE
  shown:  P0: numa_maps a policy

expect v5.17-coherent:
  moves  = 0 !none
  strict = 0 !none
  both   = 0 !none
  shown  = policy=bind:1
expect split-v1:
  moves  = 0 !none
  strict = 0 !bad-page-map
  both   = 0 !bad-page-map
  shown  = policy=bind:1 !bad-page-map
expect v6.1:
  moves  = 0 !none
  strict = 0 !none
  both   = 0 !none
  shown  = policy=bind:1
