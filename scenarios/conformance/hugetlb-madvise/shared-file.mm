linuxmm-scenario 1
name:    hugetlb-madvise-shared-file
intent:  hugetlb-madvise shared_file: MADV_DONTNEED of a shared mapping frees no page of the file.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 4

steps:
         P0: f = memfd_create 1024p MFD_HUGETLB
         P0: fallocate f
  filled: P0: meminfo HugePages_Free
         P0: a = mmap f shared
         P0: write a[0] 0x11
         P0: write a[512] 0x12
   same: P0: meminfo HugePages_Free
    all: P0: madvise a MADV_DONTNEED
  still: P0: meminfo HugePages_Free
   kept: P0: read a[511:514]

expect v6.1:
  filled = HugePages_Free=-2
  same  = HugePages_Free=-2
  all   = 0
  still = HugePages_Free=-2
  kept  = 0x0 0x12 0x0

never: bad-page-map, bad-rss-counter, bug, warn
