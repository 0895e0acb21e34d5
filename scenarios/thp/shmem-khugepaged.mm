linuxmm-scenario 1
name:    thp-shmem-khugepaged
intent:  khugepaged knows a process by its second MADV_HUGEPAGE (the flag is asked before it is set); it takes the tables of all away, and later those of parts.

machine:
  node0 512M
  thp madvise
  shmem_enabled advise

steps:
       P0: a = mmap 512p rw shared anon
       P0: write a[0:4] 0x11
       P0: P1 = fork
       P1: read a[0:2]
       khugepaged: scan
  r1:  P0: smaps a Rss ShmemPmdMapped
       P0: madvise a MADV_HUGEPAGE
       khugepaged: scan
  r2:  P0: smaps a Rss ShmemPmdMapped
       P0: madvise a MADV_HUGEPAGE
       khugepaged: scan
  r3:  P0: smaps a Rss ShmemPmdMapped
  r4:  P1: smaps a Rss ShmemPmdMapped
       P1: read a[1]
  r5:  P1: smaps a Rss ShmemPmdMapped
       P0: write a[5] 0x12
  r6:  P0: smaps a Rss ShmemPmdMapped
       P0: mprotect a[0:8] r
       P0: read a[0]
       P0: mprotect a[0:8] rw
       P0: read a[0:2]
  r7:  P0: smaps a Rss ShmemPmdMapped
       khugepaged: scan
  r8:  P0: smaps a Rss ShmemPmdMapped
  r9:  P0: vmstat thp_collapse_alloc thp_file_mapped nr_shmem_hugepages nr_shmem_pmdmapped thp_split_pmd
       P0: read a[0]
  r10: P0: smaps a Rss ShmemPmdMapped
  r11: P0: read a[0:7]
  r12: P0: kpageflags a[0:2]
  r13: P0: kpagecount a[0]

expect v6.1:
  r1  = Rss=16 ShmemPmdMapped=0
  r2  = Rss=16 ShmemPmdMapped=0
  r3  = Rss=0 ShmemPmdMapped=0
  r4  = Rss=0 ShmemPmdMapped=0
  r5  = Rss=2048 ShmemPmdMapped=2048
  r6  = Rss=2048 ShmemPmdMapped=2048
  r7  = Rss=32 ShmemPmdMapped=0
  r8  = Rss=0 ShmemPmdMapped=0
  r9  = thp_split_pmd=1 thp_collapse_alloc=1 nr_shmem_hugepages=1 nr_shmem_pmdmapped=1 thp_file_mapped=2
  r10 = Rss=2048 ShmemPmdMapped=2048
  r11 = 0x11*4 0x0 0x12 0x0
  r12 = REFERENCED,UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED,COMPOUND_HEAD,THP MMAP,COMPOUND_TAIL,THP
  r13 = 2
