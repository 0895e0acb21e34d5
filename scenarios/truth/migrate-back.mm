linuxmm-scenario 1
name:    migrate-back
intent:  What went to the device comes back whole.

machine:
  node0 1G
  node1 1G
  coherent0 256M
  swap 256M zram
  sysctl kernel.numa_balancing = 0

steps:
            P0: a = mmap 4p rw private anon
            P0: write a 0x40 0x41 0x42 0x43
    to_dev: coherent0: migrate P0.a
    to_sys: coherent0: migrate_to_sys P0.a
     after: P0: pages a
  contents: P0: read a

expect v6.1:
  to_dev   = cpages=4 faults=0
  to_sys   = cpages=4 faults=0
  after    = ram:x*4
  contents = 0x40 0x41 0x42 0x43

never: bad-page-map, bad-rss-counter, bad-page-state, bug, warn
