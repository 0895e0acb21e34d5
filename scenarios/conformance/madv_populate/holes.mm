linuxmm-scenario 1
name:    madv-populate-holes
intent:  madv_populate test_holes: a hole in the middle, at the end or at the beginning of the range
         is -ENOMEM for both.

machine:
  node0 512M

steps:
            P0: a = mmap 8p rw private anon
            P0: munmap a[1]
  middle_r: P0: madvise a MADV_POPULATE_READ
  middle_w: P0: madvise a MADV_POPULATE_WRITE
     end_r: P0: madvise a[0:2] MADV_POPULATE_READ
     end_w: P0: madvise a[0:2] MADV_POPULATE_WRITE
   start_r: P0: madvise a[1] MADV_POPULATE_READ
   start_w: P0: madvise a[1] MADV_POPULATE_WRITE

expect v6.1:
  middle_r = -ENOMEM
  middle_w = -ENOMEM
  end_r    = -ENOMEM
  end_w    = -ENOMEM
  start_r  = -ENOMEM
  start_w  = -ENOMEM

never: bad-page-map, bad-rss-counter, bug, warn
