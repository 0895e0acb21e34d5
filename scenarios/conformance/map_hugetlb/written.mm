linuxmm-scenario 1
name:    map-hugetlb-written
intent:  map_hugetlb main: what is written to anonymous huge pages is read back; their mapping goes
         as a whole.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 2

steps:
          P0: a = mmap 1024p rw private anon hugetlb
   zero:  P0: read a[0]
          P0: write a[0:3] 0x1 0x2 0x3
          P0: write a[1021:1024] 0x4 0x5 0x6
  first:  P0: read a[0:3]
   last:  P0: read a[1021:1024]
   gone:  P0: munmap a

expect v6.1:
  zero  = 0x0
  first = 0x1 0x2 0x3
  last  = 0x4 0x5 0x6
  gone  = 0

never: bad-page-map, bad-rss-counter, bug, warn
