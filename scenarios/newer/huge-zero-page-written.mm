linuxmm-scenario 1
name:    huge-zero-page-written
intent:  The first write to what the huge zero page was read from makes a table of it, or (6.18) a new
         huge page in its place, which from 7.1 on waits for its split when it is zero for the most
         part.

machine:
  node0 512M
  thp always
  khugepaged max_ptes_none = 100

steps:
         P0: a = mmap 512p
         P0: read a[7]
         P0: write a[7] 0x11
  huge:  P0: smaps a Rss AnonHugePages
  how:   P0: vmstat thp_fault_alloc thp_split_pmd
         drain
         P0: drop_caches 2
  after: P0: smaps a Rss AnonHugePages

# mm/huge_memory.c:do_huge_pmd_wp_page, do_huge_zero_wp_pmd, map_anon_folio_pmd_nopf
expect v6.12:
  huge  = Rss=4 AnonHugePages=0
  how   = thp_fault_alloc=0 thp_split_pmd=1
  after = Rss=4 AnonHugePages=0

expect v6.18:
  huge  = Rss=2048 AnonHugePages=2048
  how   = thp_fault_alloc=1 thp_split_pmd=0
  after = Rss=2048 AnonHugePages=2048

expect v7.1:
  huge  = Rss=2048 AnonHugePages=2048
  how   = thp_fault_alloc=1 thp_split_pmd=0
  after = Rss=4 AnonHugePages=0
