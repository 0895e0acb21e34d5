linuxmm-scenario 1
name:    mremap-pinned
intent:  A pinned page moves with its entry and stays pinned; the old address gets a page of its own.

steps:
        P0: a = mmap 2p rw private anon
        P0: write a 0x1
        P0: h = pin a FOLL_WRITE
        P0: b = mremap a 2p MREMAP_MAYMOVE MREMAP_DONTUNMAP
        P0: write h 0x2
  new:  P0: read b
  old:  P0: read a
        P0: write a 0x3
  held: P0: read h
        P0: unpin h

# Debian 6.1 in the virtual machine
expect v6.1:
  new  = 0x2*2
  old  = 0x0*2
  held = 0x2*2

never: bad-page-map, bad-rss-counter, bug, warn
