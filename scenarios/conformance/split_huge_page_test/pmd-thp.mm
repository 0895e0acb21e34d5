linuxmm-scenario 1
name:    split_huge_page_test-pmd-thp
intent:  split_huge_page_test split_pmd_thp: huge pages of a range are split, and no byte of them
         is another.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 1024p
         P0: madvise a MADV_HUGEPAGE
         P0: write a[0:512] 0x11
         P0: write a[512:1024] 0x22
  whole: P0: smaps a AnonHugePages
         P0: split_huge_pages a
  there: P0: read a
  split: P0: smaps a AnonHugePages

expect v6.1:
  whole = AnonHugePages=4096
  there = 0x11*512 0x22*512
  split = AnonHugePages=0

never: bad-page-map, bad-rss-counter, bug, warn
