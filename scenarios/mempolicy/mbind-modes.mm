linuxmm-scenario 1
name:    mbind-modes
intent:  Which modes take which nodes, and what becomes of nodes without memory.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
            P0: a = mmap 2p rw private anon
  no-nodes: P0: mbind a MPOL_BIND
  far:      P0: mbind a MPOL_BIND node5
  some:     P0: mbind a MPOL_BIND node1 node5
  p1:       P0: numa_maps a policy
  empty:    P0: mbind a MPOL_PREFERRED
  p2:       P0: numa_maps a policy
  first:    P0: mbind a MPOL_PREFERRED node0 node1
  p3:       P0: numa_maps a policy
  local:    P0: mbind a MPOL_LOCAL node0
  static:   P0: mbind a MPOL_INTERLEAVE MPOL_F_STATIC_NODES node1 node7
  p4:       P0: numa_maps a policy
  relative: P0: mbind a MPOL_PREFERRED_MANY MPOL_F_RELATIVE_NODES node2 node3
  p5:       P0: numa_maps a policy
  both:     P0: mbind a MPOL_BIND MPOL_F_STATIC_NODES MPOL_F_RELATIVE_NODES node1
  flags:    P0: mbind a MPOL_PREFERRED MPOL_F_STATIC_NODES
  lazy:     P0: mbind a MPOL_BIND node1 MPOL_MF_LAZY
  d-nodes:  P0: mbind a MPOL_DEFAULT node1
  d-static: P0: mbind a MPOL_DEFAULT MPOL_F_STATIC_NODES
  p6:       P0: numa_maps a policy

expect *:
  no-nodes = -EINVAL
  far      = -EINVAL
  some     = 0
  p1       = policy=bind:1
  empty    = 0
  p2       = policy=local
  first    = 0
  p3       = policy=prefer:0
  local    = -EINVAL
  static   = 0
  p4       = policy=interleave=static:1
  relative = 0
  p5       = policy=prefer(many)=relative:0-1
  both     = -EINVAL
  flags    = -EINVAL
  lazy     = -EINVAL
  d-nodes  = -EINVAL
  d-static = 0
  p6       = policy=default

never: bad-page-map, bug, warn
