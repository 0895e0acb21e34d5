linuxmm-scenario 1
name:    shared-page-to-device
intent:  A page that parent and child share moves to the device for both; the child's later write
         copies it to RAM, and the parent has its own again once the child is gone.

machine:
  node0 1G
  node1 1G
  coherent0 256M
  swap 256M zram
  sysctl kernel.numa_balancing = 0

steps:
                P0: a = mmap 2p rw private anon
                P0: write a 0x1 0x2
                P0: P1 = fork
        to_dev: coherent0: migrate P0.a
        parent: P0: pages a
         child: P1: pages a
                P1: write a[0] 0x8
   child_after: P1: pages a
     child_own: P1: read a[0]
  child_shared: P1: read a[1]
                P1: exit
         alone: P0: pages a
         first: P0: read a[0]
        second: P0: read a[1]

expect v6.1:
  to_dev       = cpages=2 faults=0
  parent       = dev*2
  child        = dev*2
  child_after  = ram:x dev
  child_own    = 0x8
  child_shared = 0x2
  alone        = dev:x*2
  first        = 0x1
  second       = 0x2

never: bad-page-map, bad-rss-counter, bad-page-state, bug, warn
