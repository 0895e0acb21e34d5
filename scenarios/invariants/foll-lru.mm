linuxmm-scenario 1
name:    foll-lru
intent:  Everybody who asks follow_page for a page meets one of device memory.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
  P0: a = mmap 1p
  P0: write a 0x11
  coherent0: migrate P0.a
  P0: move_pages a
  P0: move_pages a node1
  P0: mlock a
  P0: munlock a

never: foll-lru
