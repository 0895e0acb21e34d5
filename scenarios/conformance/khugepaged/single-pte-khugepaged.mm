linuxmm-scenario 1
name:    khugepaged-single-pte-khugepaged
intent:  khugepaged collapse_single_pte_entry khugepaged:anon: one small page is enough.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a[0] 0xdead0000
         P0: madvise a MADV_HUGEPAGE
         khugepaged: scan 2
         P0: madvise a MADV_NOHUGEPAGE
   huge: P0: smaps a AnonHugePages
  there: P0: read a[0:2]

expect v6.1:
  huge  = AnonHugePages=2048
  there = 0xdead0000 0x0

never: bad-page-map, bad-rss-counter, bug, warn
