linuxmm-scenario 1
name:    lru-add
intent:  Pages wait for an LRU list: new ones, those that could not go to a device, to another node,
         or out, in one step and in three.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
  P0: a = mmap 3p
  P0: write a 0x11
  P0: h = pin a[0]
  P0: move_pages a node1
  coherent0: setup P0.a[0:2]
  coherent0: pages
  coherent0: finalize
  coherent0: migrate P0.a[0]
  P0: madvise a MADV_PAGEOUT
  P0: read a
  drain
  P0: kpageflags a

never: lru-add
