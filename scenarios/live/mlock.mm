linuxmm-scenario 1
name:    mlock
intent:  Locking faults pages in and marks them; the marks go when the last locker unlocks or
         unmaps; MADV_DONTNEED does not take locked pages.

machine:
  node0 512M

steps:
  P0: a = mmap 6p rw private anon
  P0: write a[0:2] 0x1
  P0: read a[2]
  P0: mlock a[0:4]
  P0: status VmLck
  P0: madvise a MADV_DONTNEED
  P0: mlock2 a[4:6] MLOCK_ONFAULT
  P0: write a[5] 0x2
  P0: kpageflags a
  P0: P1 = fork
  P1: status VmLck
  P1: write a[0] 0x3
  P0: munlock a[1]
  P0: kpageflags a
  P1: mlock a[2]
  P0: munlock a
  P1: kpageflags a
  P1: munmap a[2]
  P0: status VmLck
  P0: kpageflags a
  P0: s = mmap 2p rw shared anon locked
  P0: kpageflags s

never: bad-page-map, bad-rss-counter, bug, warn
