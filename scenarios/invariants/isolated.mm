linuxmm-scenario 1
name:    isolated
intent:  Pages are isolated and cannot go: shared, pinned, on the same node, without memory.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
  P0: a = mmap 3p
  P0: write a 0x11
  P0: h = pin a[0]
  P0: P1 = fork
  P0: move_pages a node1
  P0: move_pages a node1 MPOL_MF_MOVE_ALL
  fail alloc
  P0: move_pages a node0 MPOL_MF_MOVE_ALL
  P0: madvise a MADV_PAGEOUT
  coherent0: setup P0.a
  coherent0: pages
  coherent0: finalize

never: isolated
