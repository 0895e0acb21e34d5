linuxmm-scenario 1
name:    hugetlb-madvise-remove-shared
intent:  hugetlb-madvise remove_shared: MADV_REMOVE of a shared mapping is a hole in the file, and
         frees all its pages.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 4

steps:
         P0: f = memfd_create 1024p MFD_HUGETLB
         P0: fallocate f
         P0: a = mmap f shared
         P0: write a[0] 0x11
         P0: write a[512] 0x12
   used: P0: meminfo HugePages_Free
   hole: P0: madvise a MADV_REMOVE
   none: P0: meminfo HugePages_Free

expect v6.1:
  used = HugePages_Free=-2
  hole = 0
  none = HugePages_Free=0

never: bad-page-map, bad-rss-counter, bug, warn
