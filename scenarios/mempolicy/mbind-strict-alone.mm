linuxmm-scenario 1
name:    mbind-strict-alone
intent:  MPOL_MF_STRICT alone fails at the first page that lies elsewhere, and then no policy is
         set at all; holes and the zero page lie nowhere.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
         P0: a = mmap 4p rw private anon
         P0: write a[0:2] 0x5a
         P0: read a[2]
  fails: P0: mbind a MPOL_BIND node1 MPOL_MF_STRICT
  none:  P0: numa_maps a policy
  holds: P0: mbind a[2:4] MPOL_BIND node1 MPOL_MF_STRICT
  set:   P0: numa_maps a[2] policy
  still: P0: numa_maps a[0] policy
  size:  P0: smaps a[2] Size

# facts/mempolicy.md: -EIO before any policy is set; zero pages and holes are passed over
expect *:
  fails = -EIO
  none  = policy=default
  holds = 0
  set   = policy=bind:1
  still = policy=default
  size  = Size=8

never: bad-page-map, bug, warn, isolated
