linuxmm-scenario 1
name:    khugepaged-single-pte-shmem-khugepaged
intent:  khugepaged collapse_single_pte_entry khugepaged:shmem: one small page that is mapped is
         enough, where the file has the others.

machine:
  node0 512M
  thp madvise
  shmem_enabled advise

steps:
         P0: f = memfd_create 512p
         P0: pwrite f 0x1
         P0: a = mmap f rw shared
         P0: write a[0] 0xdead0000
         P0: madvise a MADV_HUGEPAGE
         P0: madvise a MADV_HUGEPAGE
         khugepaged: scan 2
         P0: madvise a MADV_NOHUGEPAGE
         P0: read a
   huge: P0: smaps a ShmemPmdMapped
  there: P0: read a[0:2]

expect v6.1:
  huge  = ShmemPmdMapped=2048
  there = 0xdead0000 0x1

never: bad-page-map, bad-rss-counter, bug, warn
