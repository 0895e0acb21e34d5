linuxmm-scenario 1
name:    thp-underused
intent:  A huge page that holds zeros for the most part may be split when memory is short.

machine:
  node0 512M
  thp madvise
  khugepaged max_ptes_none = 100

steps:
      P0: a = mmap 512p
      P0: madvise a MADV_HUGEPAGE
      P0: write a[0:4] 0x11
      P0: b = mmap 512p
      P0: madvise b MADV_HUGEPAGE
      P0: write b 0x21
      P0: drop_caches 2
  r1: P0: smaps a Rss AnonHugePages
  r2: P0: smaps b Rss AnonHugePages
  r3: P0: vmstat thp_split_page thp_deferred_split_page
  # it was looked at once: what it is used for later does not count
      P0: write b 0x0
      P0: drop_caches 2
  r4: P0: smaps b Rss AnonHugePages

expect v6.1:
  r1 = Rss=2048 AnonHugePages=2048
  r2 = Rss=2048 AnonHugePages=2048
  r3 = thp_split_page=0 thp_deferred_split_page=0
  r4 = Rss=2048 AnonHugePages=2048

expect v6.12:
  r1 = Rss=16 AnonHugePages=0
  r2 = Rss=2048 AnonHugePages=2048
  r3 = thp_split_page=1 thp_deferred_split_page=0
  r4 = Rss=2048 AnonHugePages=2048
