linuxmm-scenario 1
name:    thp-shmem-collapsed
intent:  MADV_COLLAPSE makes a huge page of what shmem has; the other process keeps a table of parts, which its own asks to go.

machine:
  node0 512M

steps:
       P0: a = mmap 512p rw shared anon
       P0: write a[0:4] 0x11
       P0: write a[300] 0x22
       P0: P1 = fork
       P1: read a[0:2]
  r1:  P0: madvise a MADV_COLLAPSE
  r2:  P0: smaps a Rss ShmemPmdMapped
  r3:  P1: smaps a Rss ShmemPmdMapped
  r4:  P0: read a[2:5]
  r5:  P0: vmstat thp_collapse_alloc thp_file_alloc thp_file_mapped nr_shmem_hugepages nr_shmem_pmdmapped
       P1: read a[0:3]
  r6:  P1: smaps a Rss ShmemPmdMapped
  r7:  P1: kpagecount a[0:2]
  r8:  P1: kpageflags a[0:2]
       P1: write a[1] 0x33
  r9:  P1: madvise a MADV_COLLAPSE
  r10: P1: smaps a Rss ShmemPmdMapped
  r11: P0: read a[0:3]
  r12: P0: vmstat thp_collapse_alloc thp_file_mapped nr_shmem_pmdmapped
  r13: P1: madvise a MADV_COLLAPSE
       P0: b = mmap 512p rw shared anon
  r14: P0: madvise b MADV_COLLAPSE
       P0: write b[0] 0x44
       P0: h = get b[0]
  r15: P0: madvise b MADV_COLLAPSE
       P0: put h
  r16: P0: smaps b Rss
  r17: P0: madvise b MADV_COLLAPSE
  r18: P0: vmstat thp_collapse_alloc thp_collapse_alloc_failed
       P0: madvise b MADV_NOHUGEPAGE
  r19: P0: madvise b MADV_COLLAPSE

expect v6.1:
  r1  = 0
  r2  = Rss=2048 ShmemPmdMapped=2048
  r3  = Rss=0 ShmemPmdMapped=0
  r4  = 0x11*2 0x0
  r5  = thp_collapse_alloc=1 nr_shmem_hugepages=1 nr_shmem_pmdmapped=1 thp_file_alloc=0 thp_file_mapped=1
  r6  = Rss=64 ShmemPmdMapped=0
  r7  = 2*2
  r8  = UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED,COMPOUND_HEAD,THP MMAP,COMPOUND_TAIL,THP
  r9  = 0
  r10 = Rss=2048 ShmemPmdMapped=2048
  r11 = 0x11 0x33 0x11
  r12 = thp_collapse_alloc=1 nr_shmem_pmdmapped=1 thp_file_mapped=2
  r13 = 0
  r14 = -EINVAL
  r15 = -EAGAIN
  r16 = Rss=4
  r17 = 0
  r18 = thp_collapse_alloc=3 thp_collapse_alloc_failed=0
  r19 = -EINVAL
