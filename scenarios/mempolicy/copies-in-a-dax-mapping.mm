linuxmm-scenario 1
name:    copies-in-a-dax-mapping
intent:  A private DAX mapping cannot be migrated, its copied pages could.  With MPOL_MF_STRICT they
         are -EIO; whether they move all the same is a matter of the release.

machine:
  node0 512M
  node1 512M
  dax0 64M
  cpus 2

steps:
          P0: a = mmap 2p rw private dax0
          P0: write a 0x5a
          drain
  moves:  P0: mbind a MPOL_BIND node1 MPOL_MF_MOVE
  there:  P0: numa_maps a
  both:   P0: mbind a MPOL_BIND node1 MPOL_MF_STRICT MPOL_MF_MOVE
  where:  P0: numa_maps a
  policy: P0: numa_maps a policy

expect *:
  moves  = 0
  there  = anon=2 dirty=2 N0=2 ...
  both   = -EIO
  policy = policy=bind:1
expect v5.17-coherent:
  where  = anon=2 dirty=2 N0=2 ...
expect split-v1:
  where  = anon=2 dirty=2 N0=2 ...
expect v6.1:
  where  = anon=2 dirty=2 N1=2 ...
expect v6.12:
  where  = anon=2 dirty=2 N0=2 ...

never: bug, warn, isolated
