linuxmm-scenario 1
name:    pin
intent:  A page pinned for writing meets fork, a write, a move and a long-term pin elsewhere.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
  P0: a = mmap 2p
  P0: write a 0x11
  P0: h = pin a[0] FOLL_WRITE
  P0: P1 = fork
  P0: write a 0x22
  P1: write a 0x33
  P0: move_pages a node1
  P0: clear_refs 4
  P0: write a 0x44
  coherent0: migrate P0.a
  P0: l = pin a[1] FOLL_WRITE FOLL_LONGTERM
  P0: unpin h
  P0: unpin l

never: pin
