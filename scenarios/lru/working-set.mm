linuxmm-scenario 1
name:    lru-working-set
intent:  Later kernels mark an active page that MADV_COLD or MADV_PAGEOUT takes as of the working set, and it is so again when it comes back from swap or from its file.

machine:
  node0 512M
  swap 64M zram

# PG_workingset is in no file of /proc: a probe module reads it after each drain.
steps:
      P0: f = file 4p
      P0: m = mmap f r private
      P0: a = mmap 4p rw private anon
      P0: write a[0:2] 0x11
      P0: read m[0]
      drain
      P0: madvise a MADV_PAGEOUT
      P0: madvise m MADV_PAGEOUT
      P0: read a[0:2]
      P0: read m[0]
      drain
  r1: P0: kpageflags a[0:2]
      P0: P1 = fork
      drain
      P0: madvise a MADV_COLD
      P1: munmap a
      P0: madvise a[0] MADV_PAGEOUT
      P0: madvise m MADV_PAGEOUT
      drain
      P0: read a[0]
      P0: read m[0]
      drain
  r2: P0: kpageflags a[0:2]
      P0: madvise a MADV_PAGEOUT
      P0: write a[0] 0x12
      drain
  r3: P0: kpageflags a[0]
