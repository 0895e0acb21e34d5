linuxmm-scenario 1
name:    asking-for-policies
intent:  get_mempolicy(2) in its forms: the task's policy, that of an area and none other, the node of
         a page (which it faults in), the nodes that are allowed; static nodes as they were given.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
           P0: a = mmap 4p rw private anon
  none:    P0: get_mempolicy
           P0: set_mempolicy MPOL_INTERLEAVE node0 node1
  task:    P0: get_mempolicy
  area:    P0: get_mempolicy a MPOL_F_ADDR
           P0: mbind a[2:4] MPOL_BIND MPOL_F_STATIC_NODES node1 node7
  static:  P0: get_mempolicy a[2] MPOL_F_ADDR
  node:    P0: get_mempolicy a[2] MPOL_F_ADDR MPOL_F_NODE
  filled:  P0: pages a
           P0: write a 0x5a
  fourth:  P0: get_mempolicy a[1] MPOL_F_NODE MPOL_F_ADDR
  allowed: P0: get_mempolicy MPOL_F_MEMS_ALLOWED
  both:    P0: get_mempolicy MPOL_F_MEMS_ALLOWED MPOL_F_NODE
  no-addr: P0: get_mempolicy a
           P0: munmap a[0]
  hole:    P0: get_mempolicy a[0] MPOL_F_ADDR
           P0: set_mempolicy MPOL_LOCAL
  local:   P0: get_mempolicy
  next:    P0: get_mempolicy MPOL_F_NODE

expect *:
  none    = mode=MPOL_DEFAULT nodes=none
  task    = mode=MPOL_INTERLEAVE nodes=0-1
  area    = mode=MPOL_DEFAULT nodes=none
  static  = mode=MPOL_BIND|MPOL_F_STATIC_NODES nodes=1,7
  node    = node=node0 nodes=1,7
  fourth  = node=node1 nodes=none
  allowed = nodes=0-1
  both    = -EINVAL
  no-addr = -EINVAL
  hole    = -EFAULT
  local   = mode=MPOL_LOCAL nodes=none
  next    = -EINVAL
  filled  = none*2 ram none

never: bad-page-map, bug, warn
