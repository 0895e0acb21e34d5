linuxmm-scenario 1
name:    anon
intent:  The life of anonymous pages: touched, written, given back, touched again, unmapped in
         the middle, so that the mapping falls into two.

machine:
  node0 512M

steps:
  P0: a = mmap 8p rw private anon
  P0: write a[0:4] 1*2 2*2
  P0: madvise a MADV_POPULATE_WRITE
  P0: madvise a[1] MADV_DONTNEED
  P0: read a[0:3]
  P0: munmap a[5]
  P0: smaps a[6]
  P0: madvise a MADV_COLD
  P0: madvise a[0:4] MADV_FREE
  P0: write a[2] 0x9
  P0: read a[0:5]

never: bad-page-map, bad-rss-counter, bug, warn
