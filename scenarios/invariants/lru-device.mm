linuxmm-scenario 1
name:    lru-device
intent:  What moves pages between LRU lists meets a page that has no LRU state.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
  P0: a = mmap 2p
  P0: write a 0x11
  coherent0: migrate P0.a
  P0: madvise a MADV_COLD
  P0: madvise a MADV_PAGEOUT
  P0: mlock a
  P0: munlock a
  P0: madvise a MADV_FREE
  P0: move_pages a node1
  drain

never: lru-device
