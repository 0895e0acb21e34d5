linuxmm-scenario 1
name:    mremap-dontunmap-simple-shmem
intent:  mremap_dontunmap mremap_dontunmap_simple_shmem: both places show the same shared memory.

steps:
        P0: f = memfd_create 5p
        P0: a = mmap f rw shared
        P0: write a 0x61
  move: P0: b = mremap a 5p MREMAP_MAYMOVE MREMAP_DONTUNMAP
  dest: P0: read b
  src:  P0: read a
  end1: P0: munmap b
  end2: P0: munmap a

expect v6.1:
  move = ok
  dest = 0x61*5
  src  = 0x61*5
  end1 = 0
  end2 = 0

never: bad-page-map, bad-rss-counter, bug, warn
