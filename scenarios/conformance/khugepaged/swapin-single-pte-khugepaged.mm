linuxmm-scenario 1
name:    khugepaged-swapin-single-pte-khugepaged
intent:  khugepaged collapse_swapin_single_pte khugepaged:anon: a page that is in swap is read
         in.

machine:
  node0 512M
  swap 64M zram
  thp madvise

steps:
         P0: a = mmap 512p
         P0: write a 0xdead0000
         P0: madvise a[0] MADV_PAGEOUT
   swap: P0: smaps a Swap
         P0: madvise a MADV_HUGEPAGE
         khugepaged: scan 2
         P0: madvise a MADV_NOHUGEPAGE
   huge: P0: smaps a Swap AnonHugePages
  there: P0: read a

expect v6.1:
  swap  = Swap=4
  huge  = AnonHugePages=2048 Swap=0
  there = 0xdead0000*512

never: bad-page-map, bad-rss-counter, bug, warn
