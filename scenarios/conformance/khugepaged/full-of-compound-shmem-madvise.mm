linuxmm-scenario 1
name:    khugepaged-full-of-compound-shmem-madvise
intent:  khugepaged collapse_full_of_compound madvise:shmem: a huge page of a memfd that lost its
         leaf gets one again.

machine:
  node0 512M
  thp madvise
  shmem_enabled advise

steps:
         P0: f = memfd_create 512p
         P0: pwrite f 0x1
         P0: a = mmap f rw shared
         P0: write a 0xdead0000
   made: P0: madvise a MADV_COLLAPSE
  whole: P0: smaps a ShmemPmdMapped
         P0: madvise a[0] MADV_NOHUGEPAGE
         P0: madvise a MADV_NOHUGEPAGE
  split: P0: smaps a ShmemPmdMapped
         P0: madvise a MADV_HUGEPAGE
    ret: P0: madvise a MADV_COLLAPSE
   huge: P0: smaps a ShmemPmdMapped
  there: P0: read a

expect v6.1:
  made  = 0
  whole = ShmemPmdMapped=2048
  split = ShmemPmdMapped=0
  ret   = 0
  huge  = ShmemPmdMapped=2048
  there = 0xdead0000*512

never: bad-page-map, bad-rss-counter, bug, warn
