linuxmm-scenario 1
name:    hugepage-mremap-moved
intent:  hugepage-mremap main: a shared mapping of huge pages moves, is written and read where it is
         then; when it is unmapped, mremap finds nothing.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 2

steps:
         P0: a = mmap 1024p shared hugetlb populate
  moved: P0: b = mremap a 1024p MREMAP_MAYMOVE MREMAP_FIXED
         P0: write b[0:2] 0x1 0x2
         P0: write b[1022:1024] 0x3 0x4
  first: P0: read b[0:2]
   last: P0: read b[1022:1024]
         P0: munmap b
   gone: P0: c = mremap b 1024p

expect v6.1:
  moved = ok
  first = 0x1 0x2
  last  = 0x3 0x4
  gone  = -EFAULT

never: bad-page-map, bad-rss-counter, bug, warn
