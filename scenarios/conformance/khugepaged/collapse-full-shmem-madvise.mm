linuxmm-scenario 1
name:    khugepaged-collapse-full-shmem-madvise
intent:  khugepaged collapse_full madvise:shmem: several tables of small pages of a memfd become
         huge pages of it.

machine:
  node0 512M
  thp madvise
  shmem_enabled advise

steps:
         P0: f = memfd_create 1024p
         P0: pwrite f 0x1
         P0: a = mmap f rw shared
         P0: write a 0xdead0000
         P0: madvise a MADV_HUGEPAGE
    ret: P0: madvise a MADV_COLLAPSE
   huge: P0: smaps a ShmemPmdMapped
  there: P0: read a[0:2]

expect v6.1:
  ret   = 0
  huge  = ShmemPmdMapped=4096
  there = 0xdead0000*2

never: bad-page-map, bad-rss-counter, bug, warn
