linuxmm-scenario 1
name:    mlock
intent:  A locked page is copied, moved to another node and unlocked by halves.

machine:
  node0 512M
  node1 512M

steps:
  P0: a = mmap 2p
  P0: write a 0x11
  P0: mlock a
  P0: P1 = fork
  P0: write a 0x22
  P0: move_pages a node1
  P0: munlock a[0]
  drain
  P0: munmap a[1]
  P1: mlock a
  P1: exit
  drain

never: mlock
