linuxmm-scenario 1
name:    khugepaged-retracted-page-tables
intent:  khugepaged madvise_retracted_page_tables madvise:shmem: khugepaged takes the table away,
         and MADV_COLLAPSE puts a leaf there.

machine:
  node0 512M
  thp madvise
  shmem_enabled advise

steps:
         P0: f = memfd_create 512p
         P0: pwrite f 0x1
         P0: a = mmap f rw shared
         P0: write a 0xdead0000
         P0: madvise a MADV_HUGEPAGE
         P0: madvise a MADV_HUGEPAGE
         khugepaged: scan 2
  cache: P0: meminfo ShmemHugePages
    ret: P0: madvise a MADV_COLLAPSE
   huge: P0: smaps a ShmemPmdMapped
  there: P0: read a

expect v6.1:
  cache = ShmemHugePages=2048
  ret   = 0
  huge  = ShmemPmdMapped=2048
  there = 0xdead0000*512

never: bad-page-map, bad-rss-counter, bug, warn
