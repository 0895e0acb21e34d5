linuxmm-scenario 1
name:    mremap-dontunmap
intent:  MREMAP_DONTUNMAP leaves an empty area that gets pages of its own, of the same index; both are found.

machine:
  node0 512M
  node1 512M

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x1
        P0: b = mremap a[1:3] 2p MREMAP_MAYMOVE MREMAP_DONTUNMAP
  left: P0: pages a
  size: P0: smaps a Size Rss
        P0: write a[1:3] 0x2
  new:  P0: read b
  old:  P0: read a
        P0: P1 = fork
  move: P0: move_pages b node1 MPOL_MF_MOVE_ALL
  stay: P0: move_pages a node1 MPOL_MF_MOVE_ALL
  kid:  P1: read b
  kid2: P1: pages a
        P0: c = mremap b 2p MREMAP_MAYMOVE MREMAP_DONTUNMAP
        P0: write b 0x3
        P0: s = mmap 2p rw shared anon
        P0: write s 0x9
        P0: t = mremap s 2p MREMAP_MAYMOVE MREMAP_DONTUNMAP
  both: P0: read s
  same: P0: pages t

# Debian 6.1 in the virtual machine
expect v6.1:
  left = ram:x none*2 ram:x
  size = Size=16 Rss=8
  new  = 0x1*2
  old  = 0x1 0x2*2 0x1
  move = node1*2
  stay = node1*4
  kid  = 0x1*2
  kid2 = ram*4
  both = 0x9*2
  same = ram:f*2

never: bad-page-map, bad-rss-counter, bug, warn
