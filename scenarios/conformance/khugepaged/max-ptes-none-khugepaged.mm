linuxmm-scenario 1
name:    khugepaged-max-ptes-none-khugepaged
intent:  khugepaged collapse_max_ptes_none khugepaged:anon: one empty entry more than
         max_ptes_none is too many for khugepaged; exactly so many are not.

machine:
  node0 512M
  khugepaged max_ptes_none = 256
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a[0:255] 0xdead0000
         P0: madvise a MADV_HUGEPAGE
         khugepaged: scan 2
         P0: madvise a MADV_NOHUGEPAGE
   less: P0: smaps a AnonHugePages
         P0: write a[255] 0xdead00ff
         P0: madvise a MADV_HUGEPAGE
         khugepaged: scan 2
         P0: madvise a MADV_NOHUGEPAGE
   huge: P0: smaps a AnonHugePages
  there: P0: read a[254:257]

expect v6.1:
  less  = AnonHugePages=0
  huge  = AnonHugePages=2048
  there = 0xdead0000 0xdead00ff 0x0

never: bad-page-map, bad-rss-counter, bug, warn
