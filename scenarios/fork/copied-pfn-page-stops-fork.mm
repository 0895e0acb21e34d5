linuxmm-scenario 1
name:    copied-pfn-page-stops-fork
intent:  A private PFN mapping whose first page was copied on write cannot be forked in 6.1: the
         memory type of the area is told from the frame of its first page, which is a page now.

machine:
  node0 512M

steps:
      P0: b = mmap 1p rw private anon
      P0: write b 0x1
      P0: a = mmap 2p rw private pfnmap pfns
      P0: write a[1] 0x7
  f1: P0: P1 = fork
      P0: write a[0] 0x7
  f2: P0: P2 = fork
  r:  P0: read b

expect v6.1:
  f1 = ok
  f2 = -ENOMEM
  r  = 0x1
expect v5.17-coherent:
  f1 = ok
  f2 = ok
