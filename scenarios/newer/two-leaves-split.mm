linuxmm-scenario 1
name:    two-leaves-split
intent:  A huge page that parent and child map by a leaf each cannot be split by 6.18.2: the walk
         over its mappings ends with the first leaf.

machine:
  node0 512M
  thp always

steps:
         P0: a = mmap 512p
         P0: write a 0x11
         P0: P1 = fork
         P0: split_huge_pages a[0]
  tried: P0: vmstat thp_split_page thp_split_page_failed thp_split_pmd
  first: P0: smaps a Rss AnonHugePages
  other: P1: smaps P1.a Rss AnonHugePages
  whole: P0: kpageflags a[1]

# mm/rmap.c:try_to_migrate_one with TTU_SPLIT_HUGE_PMD, rmap_walk_anon
expect v6.12:
  tried = thp_split_page=1 thp_split_page_failed=0 thp_split_pmd=2
  first = Rss=2048 AnonHugePages=0
  other = Rss=2048 AnonHugePages=0

expect v6.18:
  tried = thp_split_page=0 thp_split_page_failed=1 thp_split_pmd=1
  first = Rss=2048 AnonHugePages=0
  other = Rss=2048 AnonHugePages=2048

expect v7.1:
  tried = thp_split_page=1 thp_split_page_failed=0 thp_split_pmd=2
  first = Rss=2048 AnonHugePages=0
  other = Rss=2048 AnonHugePages=0
