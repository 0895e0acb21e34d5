linuxmm-scenario 1
name:    khugepaged-fork-khugepaged
intent:  khugepaged collapse_fork khugepaged:anon: a child collapses a table with a page that it
         shares; its parent keeps the small page.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a[0] 0xdead0000
         P0: P1 = fork
         P1: write P1.a[1] 0xdead0001
         P1: madvise P1.a MADV_HUGEPAGE
         khugepaged: scan 2
         P1: madvise P1.a MADV_NOHUGEPAGE
   huge: P1: smaps P1.a AnonHugePages
  there: P1: read P1.a[0:2]
         P1: exit
  small: P0: smaps a AnonHugePages
  still: P0: read a[0]

expect v6.1:
  huge  = AnonHugePages=2048
  there = 0xdead0000 0xdead0001
  small = AnonHugePages=0
  still = 0xdead0000

never: bad-page-map, bad-rss-counter, bug, warn
