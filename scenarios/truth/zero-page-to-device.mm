linuxmm-scenario 1
name:    zero-page-to-device
intent:  Migration to the device fills what had no page of its own: a zero page and an untouched
         hole become device pages that read zero.

machine:
  node0 1G
  node1 1G
  coherent0 256M
  swap 256M zram
  sysctl kernel.numa_balancing = 0

steps:
            P0: a = mmap 3p rw private anon
            P0: read a[0]
            P0: write a[1] 0x9
    before: P0: pages a
    to_dev: coherent0: migrate P0.a
     after: P0: pages a
  contents: P0: read a

expect v6.1:
  before   = ram ram:x none
  to_dev   = cpages=3 faults=0
  after    = dev:x*3
  contents = 0x0 0x9 0x0

never: bad-page-map, bad-rss-counter, bad-page-state, bug, warn
