linuxmm-scenario 1
name:    hugetlb-madvise-remove-both
intent:  hugetlb-madvise remove_both: with a private mapping beside it, MADV_REMOVE of the shared
         one frees the private copies too.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 6

steps:
         P0: f = memfd_create 1024p MFD_HUGETLB
         P0: fallocate f
  filled: P0: meminfo HugePages_Free
         P0: a = mmap f shared
         P0: write a[0] 0x11
         P0: write a[512] 0x12
   same: P0: meminfo HugePages_Free
         P0: b = mmap f private
   seen: P0: read b[0]
         P0: read b[512]
  shared: P0: meminfo HugePages_Free
         P0: write b[0] 0x21
         P0: write b[512] 0x22
  copied: P0: meminfo HugePages_Free
         P0: madvise a MADV_DONTNEED
  still: P0: meminfo HugePages_Free
         P0: madvise b MADV_DONTNEED
  freed: P0: meminfo HugePages_Free
         P0: write b[0] 0x21
         P0: write b[512] 0x22
  again: P0: meminfo HugePages_Free
   hole: P0: madvise a MADV_REMOVE
   none: P0: meminfo HugePages_Free

expect v6.1:
  filled = HugePages_Free=-2
  same   = HugePages_Free=-2
  seen   = 0x11
  shared = HugePages_Free=-2
  copied = HugePages_Free=-4
  still  = HugePages_Free=-4
  freed  = HugePages_Free=-2
  again  = HugePages_Free=-4
  hole   = 0
  none   = HugePages_Free=0

never: bad-page-map, bad-rss-counter, bug, warn
