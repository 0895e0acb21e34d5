linuxmm-scenario 1
name:    khugepaged-max-ptes-none-madvise
intent:  khugepaged collapse_max_ptes_none madvise:anon: MADV_COLLAPSE does not ask for
         max_ptes_none.

machine:
  node0 512M
  khugepaged max_ptes_none = 256
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a[0:255] 0xdead0000
         P0: madvise a MADV_HUGEPAGE
    ret: P0: madvise a MADV_COLLAPSE
   huge: P0: smaps a AnonHugePages
  there: P0: read a[254:256]

expect v6.1:
  ret   = 0
  huge  = AnonHugePages=2048
  there = 0xdead0000 0x0

never: bad-page-map, bad-rss-counter, bug, warn
