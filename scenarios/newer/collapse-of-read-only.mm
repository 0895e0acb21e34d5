linuxmm-scenario 1
name:    collapse-of-read-only
intent:  A range in which nothing is writable could not be collapsed until 6.18.

machine:
  node0 512M
  thp madvise

steps:
        P0: a = mmap 512p
        P0: write a[0:3] 0x11
        P0: madvise a MADV_HUGEPAGE
        P0: mprotect a r
  out:  P0: madvise a MADV_COLLAPSE
  huge: P0: smaps a AnonHugePages

# mm/khugepaged.c:hpage_collapse_scan_pmd, __collapse_huge_page_isolate (SCAN_PAGE_RO is gone)
expect v6.12:
  out  = -EINVAL
  huge = AnonHugePages=0

expect v6.18:
  out  = 0
  huge = AnonHugePages=2048
