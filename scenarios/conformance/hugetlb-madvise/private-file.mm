linuxmm-scenario 1
name:    hugetlb-madvise-private-file
intent:  hugetlb-madvise private_file: MADV_DONTNEED of a private mapping frees its copies, not the
         file's pages; a hole in the file takes both.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 6

steps:
         P0: f = memfd_create 1024p MFD_HUGETLB
         P0: fallocate f
  filled: P0: meminfo HugePages_Free
         P0: a = mmap f private
         P0: read a[0]
         P0: read a[512]
  seen:  P0: meminfo HugePages_Free
    all: P0: madvise a MADV_DONTNEED
  still: P0: meminfo HugePages_Free
         P0: write a[0] 0x11
         P0: write a[512] 0x12
  copied: P0: meminfo HugePages_Free
         P0: madvise a MADV_DONTNEED
  freed: P0: meminfo HugePages_Free
         P0: write a[0] 0x11
         P0: write a[512] 0x12
  again: P0: meminfo HugePages_Free
   hole: P0: fallocate f FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
   none: P0: meminfo HugePages_Free

expect v6.1:
  filled = HugePages_Free=-2
  seen   = HugePages_Free=-2
  all    = 0
  still  = HugePages_Free=-2
  copied = HugePages_Free=-4
  freed  = HugePages_Free=-2
  again  = HugePages_Free=-4
  hole   = 0
  none   = HugePages_Free=0

never: bad-page-map, bad-rss-counter, bug, warn
