linuxmm-scenario 1
name:    let-go-not-collapsed
intent:  khugepaged of 7.1 leaves a range alone in which MADV_FREE has let a page go that nobody has
         written to since: a copy in a huge page would be kept.  MADV_COLLAPSE takes it.

machine:
  node0 512M
  thp madvise
  khugepaged max_ptes_none = 511

steps:
        P0: a = mmap 512p
        P0: write a[0:4] 0x11
        drain
        P0: madvise a[0] MADV_FREE
        P0: madvise a MADV_HUGEPAGE
        khugepaged: scan
  pass: P0: smaps a AnonHugePages
        P0: madvise a MADV_COLLAPSE
  want: P0: smaps a AnonHugePages

# mm/khugepaged.c:__collapse_huge_page_isolate, collapse_scan_pmd: SCAN_PAGE_LAZYFREE
expect v6.18:
  pass = AnonHugePages=2048
  want = AnonHugePages=2048

expect v7.1:
  pass = AnonHugePages=0
  want = AnonHugePages=2048
