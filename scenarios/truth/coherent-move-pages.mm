linuxmm-scenario 1
name:    coherent-move-pages
intent:  A page in device memory has no LRU state: move_pages(2) neither finds nor moves it,
         and numa_maps leaves it out, while the ordinary pages beside it are found and moved.

machine:
  node0 1G
  node1 1G
  coherent0 256M
  swap 256M zram
  sysctl kernel.numa_balancing = 0

steps:
         P0: a = mmap 8p rw private anon
         P0 on cpu1: write a 0x5a           # node 1 gives the memory
  to_dev: coherent0: migrate P0.a[0:4]
  before: P0: pages a
   query: P0: move_pages a
   node0: P0: move_pages a node0
   node1: P0: move_pages a node1
   after: P0: pages a
   nodes: P0: numa_maps a
     rss: P0: smaps a

expect v6.1:
  to_dev = cpages=4 faults=0
  before = dev:x*4 ram:x*4
  query  = -ENOENT*4 node1*4
  node0  = -ENOENT*4 node0*4
  node1  = -ENOENT*4 node1*4
  after  = dev:x*4 ram:x*4
  nodes  = anon=4 dirty=4 active=0 N1=4
  rss    = Rss=32 Pss=32 Shared_Dirty=0 Private_Clean=0 Private_Dirty=32 Referenced=32 \
           Anonymous=32 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...

never: bad-page-map, bad-rss-counter, bad-page-state, bug, warn
