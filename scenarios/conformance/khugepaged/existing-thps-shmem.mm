linuxmm-scenario 1
name:    khugepaged-existing-thps-shmem
intent:  khugepaged madvise_collapse_existing_thps madvise:shmem: what is a huge page already is
         one afterwards, and that is no error.

machine:
  node0 512M
  thp madvise
  shmem_enabled advise

steps:
          P0: f = memfd_create 512p
          P0: pwrite f 0x1
          P0: a = mmap f rw shared
          P0: write a 0xdead0000
   first: P0: madvise a MADV_COLLAPSE
    huge: P0: smaps a ShmemPmdMapped
  second: P0: madvise a MADV_COLLAPSE
    same: P0: smaps a ShmemPmdMapped
   there: P0: read a

expect v6.1:
  first  = 0
  huge   = ShmemPmdMapped=2048
  second = 0
  same   = ShmemPmdMapped=2048
  there  = 0xdead0000*512

never: bad-page-map, bad-rss-counter, bug, warn
