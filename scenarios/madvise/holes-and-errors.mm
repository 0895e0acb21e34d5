linuxmm-scenario 1
name:    holes-and-errors
intent:  What madvise(2) refuses, and that a hole costs -ENOMEM only after the rest was advised.

machine:
  node0 512M

steps:
           P0: a = mmap 4p rw private anon
           P0: write a 0x5a
           P0: munmap a[1]
  hole:    P0: madvise a MADV_DONTNEED
  rest:    P0: pages a
           P0: b = mmap 1p rw private anon locked
  locked:  P0: madvise b MADV_DONTNEED
  both:    P0: madvise b MADV_DONTNEED_LOCKED
           P0: f = file 1p
           P0: c = mmap f rw shared
  shared:  P0: madvise c MADV_FREE
  wipe:    P0: madvise c MADV_WIPEONFORK
  small:   P0: madvise a[2:4] MADV_COLLAPSE

# facts/madvise.md: what is mapped is advised, then -ENOMEM; the table
# (4 DONTNEED, 8 FREE, 18 WIPEONFORK, 24 DONTNEED_LOCKED); MADV_COLLAPSE: debian-6.1.json -22
expect *:
  hole   = -ENOMEM
  rest   = none*4
  locked = -EINVAL
  shared = -EINVAL
  wipe   = -EINVAL
  small  = -EINVAL
expect v5.17-coherent:
  both = -EINVAL
expect split-v1:
  both = -EINVAL
expect v6.1:
  both = 0
