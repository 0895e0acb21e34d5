linuxmm-scenario 1
name:    mremap-dontunmap-simple-fixed
intent:  mremap_dontunmap mremap_dontunmap_simple_fixed: to a place that was free, pages go as
         without MREMAP_FIXED.

steps:
        P0: a = mmap 5p rw private anon
        P0: write a 0x61
  move: P0: b = mremap a 5p MREMAP_MAYMOVE MREMAP_FIXED MREMAP_DONTUNMAP
  dest: P0: read b
  src:  P0: read a
  end1: P0: munmap b
  end2: P0: munmap a

expect v6.1:
  move = ok
  dest = 0x61*5
  src  = 0x0*5
  end1 = 0
  end2 = 0

never: bad-page-map, bad-rss-counter, bug, warn
