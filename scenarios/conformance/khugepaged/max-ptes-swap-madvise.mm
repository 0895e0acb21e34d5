linuxmm-scenario 1
name:    khugepaged-max-ptes-swap-madvise
intent:  khugepaged collapse_max_ptes_swap madvise:anon: MADV_COLLAPSE does not ask for
         max_ptes_swap.

machine:
  node0 512M
  swap 64M zram
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a 0xdead0000
         P0: madvise a[0:65] MADV_PAGEOUT
   swap: P0: smaps a Swap
         P0: madvise a MADV_HUGEPAGE
    ret: P0: madvise a MADV_COLLAPSE
   huge: P0: smaps a Swap AnonHugePages
  there: P0: read a

expect v6.1:
  swap  = Swap=260
  ret   = 0
  huge  = AnonHugePages=2048 Swap=0
  there = 0xdead0000*512

never: bad-page-map, bad-rss-counter, bug, warn
