linuxmm-scenario 1
name:    task-policy
intent:  set_mempolicy(2) says where pages to come are taken from, where the area has no policy of its
         own; it moves nothing. Children have it from their parents, page cache and shmem obey it.

machine:
  node0 512M
  node1 512M
  cpus 2

steps:
            P0: a = mmap 4p rw private anon
            P0: write a[0] 0x5a
            P0: mbind a[3] MPOL_BIND node0
  set:      P0: set_mempolicy MPOL_BIND node1
            P0: write a[1:4] 0x5a
  where:    P0: move_pages a
  shown:    P0: numa_maps a policy
  own:      P0: numa_maps a[3] policy
            P0: P1 = fork
            P1: b = mmap 2p rw private anon
            P1: write b 0x5b
  child:    P1: move_pages b
            P0: s = mmap 2p rw shared anon
            P0: write s 0x5c
  shmem:    P0: move_pages s
            P0: f = file 2p
            P0: c = mmap f r private
            P0: read c
  cached:   P0: move_pages c
            P0: set_mempolicy MPOL_DEFAULT
            P1: write b 0x5d
            P0: d = mmap 1p rw private anon
            P0: write d 0x5e
  default:  P0: move_pages d

expect *:
  set     = 0
  where   = node0 node1*2 node0
  shown   = policy=bind:1
  own     = policy=bind:0
  child   = node1*2
  shmem   = node1*2
  cached  = node1*2
  default = node0

never: bad-page-map, bug, warn
