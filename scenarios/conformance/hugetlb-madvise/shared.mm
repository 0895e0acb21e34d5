linuxmm-scenario 1
name:    hugetlb-madvise-shared
intent:  hugetlb-madvise shared_file: MADV_DONTNEED frees no page, the file keeps it.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 4

steps:
         P0: a = mmap 1024p shared hugetlb populate
  taken: P0: meminfo HugePages_Free
         P0: write a[0] 0x11
         P0: write a[512] 0x12
   same: P0: meminfo HugePages_Free
    all: P0: madvise a MADV_DONTNEED
  still: P0: meminfo HugePages_Free
   kept: P0: read a[511:514]

expect v6.1:
  taken = HugePages_Free=-2
  same  = HugePages_Free=-2
  all   = 0
  still = HugePages_Free=-2
  kept  = 0x0 0x12 0x0

never: bad-page-map, bad-rss-counter, bug, warn
