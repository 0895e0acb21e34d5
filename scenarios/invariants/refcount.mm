linuxmm-scenario 1
name:    refcount
intent:  A device page is held in every way at once, and by nobody in the end.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
  P0: a = mmap 1p
  P0: write a 0x11
  coherent0: migrate P0.a
  P0: g = get a
  P0: h = pin a FOLL_WRITE
  P0: P1 = fork
  P0: move_pages a node1
  P0: move_pages a
  P0: unpin h
  P0: put g
  P1: exit
  P0: munmap a
  drain

never: refcount
