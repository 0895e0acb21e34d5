linuxmm-scenario 1
name:    khugepaged-max-ptes-swap-khugepaged
intent:  khugepaged collapse_max_ptes_swap khugepaged:anon: one page in swap more than
         max_ptes_swap is too many for khugepaged; exactly so many are not.

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
         khugepaged: scan 2
         P0: madvise a MADV_NOHUGEPAGE
   less: P0: smaps a AnonHugePages
         P0: write a 0xdead0001
         P0: madvise a[0:64] MADV_PAGEOUT
  again: P0: smaps a Swap
         P0: madvise a MADV_HUGEPAGE
         khugepaged: scan 2
         P0: madvise a MADV_NOHUGEPAGE
   huge: P0: smaps a Swap AnonHugePages
  there: P0: read a

expect v6.1:
  swap  = Swap=260
  less  = AnonHugePages=0
  again = Swap=256
  huge  = AnonHugePages=2048 Swap=0
  there = 0xdead0001*512

never: bad-page-map, bad-rss-counter, bug, warn
