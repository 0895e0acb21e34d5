linuxmm-scenario 1
name:    khugepaged-single-pte-compound-madvise
intent:  khugepaged collapse_single_pte_entry_compound madvise:anon: one part of a huge page is
         enough.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a 0xdead0000
   made: P0: madvise a MADV_COLLAPSE
  whole: P0: smaps a AnonHugePages
         P0: madvise a MADV_NOHUGEPAGE
         P0: madvise a[1:512] MADV_DONTNEED
  split: P0: smaps a AnonHugePages
         P0: madvise a MADV_HUGEPAGE
    ret: P0: madvise a MADV_COLLAPSE
   huge: P0: smaps a AnonHugePages
  there: P0: read a[0:2]

expect v6.1:
  made  = 0
  whole = AnonHugePages=2048
  split = AnonHugePages=0
  ret   = 0
  huge  = AnonHugePages=2048
  there = 0xdead0000 0x0

never: bad-page-map, bad-rss-counter, bug, warn
