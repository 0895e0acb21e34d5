linuxmm-scenario 1
name:    swapped-out
intent:  Pages out in swap: an entry in pagemap, nothing resident, Swap in smaps.

machine:
  node0 512M
  swap 64M zram

steps:
          P0: a = mmap 4p rw private anon
          P0: write a 0x1
          drain
          P0: madvise a MADV_PAGEOUT
   seen:  P0: pages a
   out:   P0: smaps a Rss Swap SwapPss Anonymous
   nodes: P0: numa_maps a
          P0: P1 = fork
   twice: P1: smaps a Rss Swap SwapPss

# facts/real-kernels.md, "swap": S; Swap 4 each; facts/proc.md: SwapPss by users of the slot
expect *:
  seen  = swap*4
  out   = Rss=0 Swap=16 SwapPss=16 Anonymous=0
  twice = Rss=0 Swap=16 SwapPss=8

never: bad-page-map, bad-rss-counter, bug, warn
