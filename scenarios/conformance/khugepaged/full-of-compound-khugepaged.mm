linuxmm-scenario 1
name:    khugepaged-full-of-compound-khugepaged
intent:  khugepaged collapse_full_of_compound khugepaged:anon: a table full of the parts of one
         huge page becomes another.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a 0xdead0000
   made: P0: madvise a MADV_COLLAPSE
  whole: P0: smaps a AnonHugePages
         P0: madvise a[0] MADV_NOHUGEPAGE
         P0: madvise a MADV_NOHUGEPAGE
  split: P0: smaps a AnonHugePages
         P0: madvise a MADV_HUGEPAGE
         khugepaged: scan 2
         P0: madvise a MADV_NOHUGEPAGE
   huge: P0: smaps a AnonHugePages
  there: P0: read a

expect v6.1:
  made  = 0
  whole = AnonHugePages=2048
  split = AnonHugePages=0
  huge  = AnonHugePages=2048
  there = 0xdead0000*512

never: bad-page-map, bad-rss-counter, bug, warn
