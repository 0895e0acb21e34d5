linuxmm-scenario 1
name:    thp-shmem-table-of-parts
intent:  A table that maps only parts of the huge page of its place goes; one with a private copy stays, be it in memory or in swap.

machine:
  node0 512M
  swap 64M zram
  thp madvise
  shmem_enabled always

steps:
      P0: f = memfd_create 512p
      P0: a = mmap f shared
      P0: madvise a MADV_NOHUGEPAGE
      P0: write a[0:4] 0x11
      P0: b = mmap f shared
  r1: P0: madvise b MADV_COLLAPSE
      P0: read b[5]
  r2: P0: madvise b MADV_COLLAPSE
      P0: read a[0:3]
      P0: c = mmap f private
      P0: write c[1] 0x22
      P0: read c[0:3]
  r3: P0: madvise c MADV_COLLAPSE
      P0: madvise c[1] MADV_PAGEOUT
  r4: P0: madvise c MADV_COLLAPSE
  r5: P0: madvise a MADV_COLLAPSE
      P0: madvise a MADV_HUGEPAGE
      khugepaged: scan
  r6: P0: kpagecount c[0]
  r7: P0: vmstat thp_file_mapped thp_file_alloc thp_collapse_alloc nr_shmem_pmdmapped

expect v6.1:
  r1 = -EINVAL
  r2 = 0
  r3 = -EINVAL
  r4 = -EINVAL
  r5 = -EINVAL
  r6 = 2
  r7 = thp_collapse_alloc=1 nr_shmem_pmdmapped=1 thp_file_alloc=0 thp_file_mapped=1
