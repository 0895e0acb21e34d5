linuxmm-scenario 1
name:    hugetlb-madvise-private
intent:  hugetlb-madvise private: MADV_DONTNEED gives every page back to the pool.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 4

steps:
         P0: a = mmap 1024p hugetlb
         P0: write a[0] 0x11
         P0: write a[512] 0x12
  taken: P0: meminfo HugePages_Free
    all: P0: madvise a MADV_DONTNEED
   free: P0: meminfo HugePages_Free
         P0: munmap a
   none: P0: meminfo HugePages_Free

expect v6.1:
  taken = HugePages_Free=-2
  all   = 0
  free  = HugePages_Free=0
  none  = HugePages_Free=0

never: bad-page-map, bad-rss-counter, bug, warn
