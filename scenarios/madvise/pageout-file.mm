linuxmm-scenario 1
name:    pageout-file
intent:  A clean page of a file is dropped, a dirty one only unmapped: it stays in the page cache
         until somebody writes it back.

machine:
  node0 512M

steps:
         P0: f = file 2p
         P0: a = mmap f rw shared
         P0: write a[1] 0x77
         P0: read a
  both:  P0: pages a
  out:   P0: madvise a MADV_PAGEOUT
  gone:  P0: pages a
  again: P0: read a[1]

# facts/lru-and-swap.md: clean page cache leaves it; dirty: entries dropped, stays
expect *:
  both  = ram:xf*2
  out   = 0
  gone  = none*2
  again = 0x77
