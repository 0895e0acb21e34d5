linuxmm-scenario 1
name:    thp-shmem-short-file
intent:  A short file gets a huge page too: its parts beyond the end are held by nobody but the cache, and go with the split.

machine:
  node0 512M
  shmem_enabled always

steps:
      P0: f = memfd_create 100p
      P0: a = mmap f shared
      P0: write a[3] 0x11
  r1: P0: smaps a Rss ShmemPmdMapped
  r2: P0: vmstat thp_file_alloc thp_file_mapped nr_shmem_hugepages nr_shmem_pmdmapped
  r3: P0: meminfo ShmemHugePages ShmemPmdMapped
  r4: P0: kpageflags a[3]
      P0: split_huge_pages a
  r5: P0: smaps a Rss
  r6: P0: vmstat thp_split_page thp_split_page_failed nr_shmem_hugepages thp_split_pmd
  r7: P0: read a[2:5]
  r8: P0: kpageflags a[3]
  r9: P0: smaps a Rss ShmemPmdMapped

expect v6.1:
  r1 = Rss=4 ShmemPmdMapped=0
  r2 = nr_shmem_hugepages=1 nr_shmem_pmdmapped=0 thp_file_alloc=1 thp_file_mapped=0
  r3 = ShmemHugePages=2048 ShmemPmdMapped=0
  r4 = MMAP,COMPOUND_TAIL,THP
  r5 = Rss=0
  r6 = thp_split_page=1 thp_split_page_failed=0 thp_split_pmd=0 nr_shmem_hugepages=0
  r7 = 0x0 0x11 0x0
  r8 = UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED
  r9 = Rss=64 ShmemPmdMapped=0
