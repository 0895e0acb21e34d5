linuxmm-scenario 1
name:    khugepaged-collapse-full-madvise
intent:  khugepaged collapse_full madvise:anon: several tables of small pages, all there, become
         huge pages.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 1024p
         P0: write a[0:512] 0xdead0000
         P0: write a[512:1024] 0xdead0200
         P0: madvise a MADV_HUGEPAGE
    ret: P0: madvise a MADV_COLLAPSE
   huge: P0: smaps a AnonHugePages
  there: P0: read a

expect v6.1:
  ret   = 0
  huge  = AnonHugePages=4096
  there = 0xdead0000*512 0xdead0200*512

never: bad-page-map, bad-rss-counter, bug, warn
