linuxmm-scenario 1
name:    khugepaged-fork-compound-madvise
intent:  khugepaged collapse_fork_compound madvise:anon: a child splits the leaf that it shares
         and collapses its table; its parent keeps the huge page.

machine:
  node0 512M
  khugepaged max_ptes_shared = 511
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a 0xdead0000
   made: P0: madvise a MADV_COLLAPSE
  whole: P0: smaps a AnonHugePages
         P0: P1 = fork
  child: P1: smaps P1.a AnonHugePages
         P1: madvise P1.a[0] MADV_NOHUGEPAGE
         P1: madvise P1.a MADV_NOHUGEPAGE
  split: P1: smaps P1.a AnonHugePages
         P1: write P1.a[0] 0xdead0000
         P1: madvise P1.a MADV_HUGEPAGE
    ret: P1: madvise P1.a MADV_COLLAPSE
   huge: P1: smaps P1.a AnonHugePages
  there: P1: read P1.a
         P1: exit
   same: P0: smaps a AnonHugePages
  still: P0: read a

expect v6.1:
  made  = 0
  whole = AnonHugePages=2048
  child = AnonHugePages=2048
  split = AnonHugePages=0
  ret   = 0
  huge  = AnonHugePages=2048
  there = 0xdead0000*512
  same  = AnonHugePages=2048
  still = 0xdead0000*512

never: bad-page-map, bad-rss-counter, bug, warn
