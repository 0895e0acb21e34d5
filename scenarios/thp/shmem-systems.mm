linuxmm-scenario 1
name:    thp-shmem-systems
intent:  What else asks for a leaf of shmem: references, locks, advice, clear_refs, mincore.

machine:
  node0 512M
  node1 512M
  shmem_enabled always

steps:
       P0: a = mmap 1024p rw shared anon
       P0: write a 0x11
       P0: h = get a[3] FOLL_WRITE
       P0: k = pin a[5:7]
  r1:  P0: move_pages a[0:2]
  r2:  P0: numa_maps a
       P0: madvise a[0:4] MADV_COLD
  r3:  P0: smaps a Rss ShmemPmdMapped Referenced
  r4:  P0: vmstat thp_split_page thp_split_page_failed thp_split_pmd
       P0: put h
       P0: unpin k
       P0: madvise a[0:4] MADV_COLD
  r5:  P0: smaps a Rss ShmemPmdMapped Referenced
  r6:  P0: vmstat thp_split_page thp_split_page_failed thp_split_pmd nr_shmem_hugepages
  r7:  P0: mincore a[510:514]
       P0: clear_refs 1
  r8:  P0: smaps a Referenced
       P0: mlock a[512:1024]
  r9:  P0: smaps a[512] Rss Locked ShmemPmdMapped
  r10: P0: vmstat nr_mlock unevictable_pgs_mlocked unevictable_pgs_culled
       P0: munlock a[512:520]
  r11: P0: smaps a[521] Rss Locked ShmemPmdMapped
  r12: P0: vmstat nr_mlock unevictable_pgs_munlocked unevictable_pgs_rescued
       P0: read a[530]
  r13: P0: smaps a[521] Rss Locked ShmemPmdMapped
  r14: P0: kpageflags a[530]
       P0: clear_refs 4
  r15: P0: pagemap a[529:532]
       P0: write a[531] 0x12
  r16: P0: pagemap a[529:532]
       P0: madvise a[1000:1024] MADV_DONTNEED
  r17: P0: smaps a[521] Rss ShmemPmdMapped
  r18: P0: read a[1020:1024]
       P0: madvise a[512:1024] MADV_POPULATE_READ
  r19: P0: smaps a[521] Rss ShmemPmdMapped

expect v6.1:
  r1  = node0*2
  r2  = dirty=1024 active=0 N0=1024
  r3  = Rss=4096 Referenced=4096 ShmemPmdMapped=4096
  r4  = thp_split_page=0 thp_split_page_failed=1 thp_split_pmd=0
  r5  = Rss=2048 Referenced=2048 ShmemPmdMapped=2048
  r6  = thp_split_page=1 thp_split_page_failed=1 thp_split_pmd=1 nr_shmem_hugepages=1
  r7  = 1*4
  r8  = Referenced=0
  r9  = Rss=2048 ShmemPmdMapped=2048 Locked=2048
  r10 = nr_mlock=512 unevictable_pgs_culled=512 unevictable_pgs_mlocked=512
  r11 = Rss=0 ShmemPmdMapped=0 Locked=0
  r12 = nr_mlock=0 unevictable_pgs_rescued=512 unevictable_pgs_munlocked=512
  r13 = Rss=64 ShmemPmdMapped=0 Locked=64
  r14 = MMAP,COMPOUND_TAIL,THP
  r15 = PFX*3
  r16 = PFX*2 PFXD
  r17 = Rss=64 ShmemPmdMapped=0
  r18 = 0x11*4
  r19 = Rss=2016 ShmemPmdMapped=0
