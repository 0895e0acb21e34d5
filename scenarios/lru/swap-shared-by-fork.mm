linuxmm-scenario 1
name:    swap-shared-by-fork
intent:  A swapped page that two processes share comes back once, and is copied when one writes.

machine:
  node0 512M
  swap 64M zram

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x5a
          P0: madvise a MADV_PAGEOUT
          P0: P1 = fork
  both:   P1: pages a
          P0: read a
          P1: read P1.a
  one:    P0: pages a
          P0: write a 0x66
  mine:   P0: read a
  theirs: P1: read a
  apart:  P0: pages a

# facts/lru-and-swap.md, "Swap in": one page, MM_SWAPENTS - 1 for each process
expect *:
  both   = swap
  one    = ram
  mine   = 0x66
  theirs = 0x5a
  apart  = ram:x
