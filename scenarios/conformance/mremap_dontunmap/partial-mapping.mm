linuxmm-scenario 1
name:    mremap-dontunmap-partial-mapping
intent:  mremap_dontunmap mremap_dontunmap_partial_mapping: the last five of ten pages move, the
         first five stay, and where the others were reads zero.

steps:
        P0: a = mmap 10p rw private anon
        P0: write a 0x61
  move: P0: b = mremap a[5:10] 5p MREMAP_MAYMOVE MREMAP_DONTUNMAP
  src:  P0: read a
  dest: P0: read b
  end1: P0: munmap b
  end2: P0: munmap a

expect v6.1:
  move = ok
  src  = 0x61*5 0x0*5
  dest = 0x61*5
  end1 = 0
  end2 = 0

never: bad-page-map, bad-rss-counter, bug, warn
