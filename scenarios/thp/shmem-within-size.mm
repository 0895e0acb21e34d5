linuxmm-scenario 1
name:    thp-shmem-within-size
intent:  By within_size only what ends inside the file is huge, unless advised; where a page is, none comes.

machine:
  node0 512M
  shmem_enabled within_size

steps:
      P0: f = memfd_create 700p
      P0: a = mmap f shared
      P0: write a[0] 0x11
      P0: write a[600] 0x22
  r1: P0: smaps a Rss ShmemPmdMapped
      P0: g = memfd_create 700p
      P0: b = mmap g shared
      P0: madvise b MADV_HUGEPAGE
      P0: read b[513]
  r2: P0: smaps b Rss ShmemPmdMapped
      P0: c = memfd_create 512p
      P0: d = mmap c shared
      P0: madvise d MADV_NOHUGEPAGE
      P0: write d[5] 0x33
      P0: e = mmap c shared
      P0: write e[6] 0x44
  r3: P0: smaps e Rss ShmemPmdMapped
  r4: P0: vmstat thp_file_alloc thp_file_fallback thp_file_mapped
  r5: P0: madvise e MADV_COLLAPSE
  r6: P0: smaps e Rss ShmemPmdMapped
  r7: P0: smaps d Rss ShmemPmdMapped
  r8: P0: read d[4:8]
  r9: P0: smaps d Rss ShmemPmdMapped

expect v6.1:
  r1 = Rss=2052 ShmemPmdMapped=2048
  r2 = Rss=4 ShmemPmdMapped=0
  r3 = Rss=4 ShmemPmdMapped=0
  r4 = thp_file_alloc=2 thp_file_fallback=0 thp_file_mapped=1
  r5 = 0
  r6 = Rss=2048 ShmemPmdMapped=2048
  r7 = Rss=0 ShmemPmdMapped=0
  r8 = 0x0 0x33 0x44 0x0
  r9 = Rss=64 ShmemPmdMapped=0
