linuxmm-scenario 1
name:    mincore-entries
intent:  A present entry is in core whatever it maps; where there is none the cache of the file is asked.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  dax0 64M
  devdax0 64M

steps:
            P0: a = mmap 4p rw private anon
            P0: write a[0:2] 0x5
            coherent0: migrate P0.a[0]
  anon:     P0: mincore a
            P0: mprotect a none
  none:     P0: mincore a
            P0: munmap a[2]
  hole:     P0: mincore a
            P0: d = mmap 3p rw shared dax0
            P0: write d[1] 0x7
  dax:      P0: mincore d
            P0: g = mmap 2p rw shared devdax0
            P0: read g[1]
  devdax:   P0: mincore g
            P0: p = mmap 2p rw shared pfnmap
  pfnmap:   P0: mincore p
            P0: q = mmap 2p rw shared mixedmap pages
  mixedmap: P0: mincore q

# Debian 6.1 in the virtual machine
expect *:
  anon     = 1*2 0*2
  none     = 1*2 0*2
  hole     = -ENOMEM
  dax      = 0 1 0
  devdax   = 0 1
  pfnmap   = 0*2
  mixedmap = 1*2

never: bad-page-map, bad-rss-counter, bug, warn
