linuxmm-scenario 1
name:    shmem-table-of-cut
intent:  A table that a part of 2 MiB came to have, when the mapping was cut there, stays when that
         part is emptied and the mapping is one area again: a huge page of shmem is mapped by PTEs.

machine:
  node0 512M
  thp madvise
  shmem_enabled always

steps:
      P0: a = mmap 512p rw shared anon
      P0: mlock a[43:231]
      P0: madvise a MADV_DONTNEED_LOCKED
      P0: mlock a
  r1: P0: smaps a Rss ShmemPmdMapped Locked
      P0: b = mmap 512p rw shared anon
      P0: mlock b
  r2: P0: smaps b Rss ShmemPmdMapped

expect v6.1:
  r1 = Rss=2048 ShmemPmdMapped=0 Locked=2048
  r2 = Rss=2048 ShmemPmdMapped=2048

never: bad-page-map, bad-rss-counter, bug, warn
