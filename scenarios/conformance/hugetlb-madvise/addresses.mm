linuxmm-scenario 1
name:    hugetlb-madvise-addresses
intent:  hugetlb-madvise addresses: MADV_DONTNEED that begins before a mapping of
         huge pages, or ends behind it, fails.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 4

steps:
          P0: a = mmap 2048p hugetlb
          P0: munmap a[0:512]
          P0: munmap a[1536:2048]
          P0: write a[512] 0x11
          P0: write a[1024] 0x12
   taken: P0: meminfo HugePages_Free
  before: P0: madvise a[511:1535] MADV_DONTNEED
  behind: P0: madvise a[512:1537] MADV_DONTNEED

expect v6.1:
  taken  = HugePages_Free=-2
  before = -ENOMEM
  behind = -ENOMEM

never: bad-page-map, bad-rss-counter, bug, warn
