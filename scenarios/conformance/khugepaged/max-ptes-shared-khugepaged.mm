linuxmm-scenario 1
name:    khugepaged-max-ptes-shared-khugepaged
intent:  khugepaged collapse_max_ptes_shared khugepaged:anon: one shared page more than
         max_ptes_shared is too many for khugepaged; exactly so many are not.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a 0xdead0000
   made: P0: madvise a MADV_COLLAPSE
  whole: P0: smaps a AnonHugePages
         P0: P1 = fork
  child: P1: smaps P1.a AnonHugePages
         P1: write P1.a[0:255] 0xdead0000
  split: P1: smaps P1.a AnonHugePages
         P1: madvise P1.a MADV_HUGEPAGE
         khugepaged: scan 2
         P1: madvise P1.a MADV_NOHUGEPAGE
   less: P1: smaps P1.a AnonHugePages
         P1: write P1.a[0:256] 0xdead0000
         P1: madvise P1.a MADV_HUGEPAGE
         khugepaged: scan 2
         P1: madvise P1.a MADV_NOHUGEPAGE
   huge: P1: smaps P1.a AnonHugePages
  there: P1: read P1.a
         P1: exit
   same: P0: smaps a AnonHugePages

expect v6.1:
  made  = 0
  whole = AnonHugePages=2048
  child = AnonHugePages=2048
  split = AnonHugePages=0
  less  = AnonHugePages=0
  huge  = AnonHugePages=2048
  there = 0xdead0000*512
  same  = AnonHugePages=2048

never: bad-page-map, bad-rss-counter, bug, warn
