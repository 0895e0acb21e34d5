linuxmm-scenario 1
name:    pageout-to-swap
intent:  MADV_PAGEOUT writes anonymous pages to swap at once; they come back when touched, and
         a device page in between stays where it is.

machine:
  node0 512M
  coherent0 256M
  swap 64M zram

steps:
           P0: a = mmap 4p rw private anon
           P0: write a 0x10 0x11 0x12 0x13
           coherent0: migrate P0.a[1]
  out:     P0: madvise a MADV_PAGEOUT
  gone:    P0: pages a
  rss:     P0: smaps a
  entries: P0: status VmSwap
  again:   P0: read a
  back:    P0: pages a

# facts/lru-and-swap.md; debian-6.1.json, coherent_madvise: two anon pages in swap, Swap 8
expect *:
  out     = 0
  gone    = swap dev:x swap*2
  rss     = Rss=4 Swap=12 Anonymous=4 ...
  entries = VmSwap=12
  again   = 0x10 0x11 0x12 0x13
  back    = ram:x dev:x ram:x*2
