linuxmm-scenario 1
name:    device-return
intent:  A device page outlives its mapping by a pin, and is given back with the last reference.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  private0 256M

steps:
  P0: a = mmap 2p
  P0: write a 0x11
  coherent0: migrate P0.a[0]
  private0: migrate P0.a[1]
  P0: h = pin a[0] FOLL_WRITE
  P0: munmap a
  drain
  P0: unpin h
  drain

never: device-return
