linuxmm-scenario 1
name:    thp-collapse-parts
intent:  Parts of huge pages, KSM pages, locked pages and lazily freed ones collapse as well.

machine:
  node0 512M
  thp madvise
  ksm run = 1

steps:
       P0: a = mmap 1024p
       P0: madvise a MADV_HUGEPAGE
       P0: write a 0x11
       P0: madvise a[10:20] MADV_DONTNEED
       P0: write a[12] 0x12
  r1:  P0: smaps a Rss AnonHugePages
       khugepaged: scan
  r2:  P0: smaps a Rss AnonHugePages
  r3:  P0: read a[9:14]
  r4:  P0: vmstat thp_deferred_split_page thp_collapse_alloc thp_split_page nr_isolated_anon
       P0: P1 = fork
       P1: write P1.a[700] 0x22
       khugepaged: scan
  r5:  P1: smaps P1.a Rss Pss AnonHugePages
  r6:  P0: smaps a Rss Pss AnonHugePages
  r7:  P0: madvise a MADV_COLLAPSE
  r8:  P1: madvise P1.a MADV_COLLAPSE
  r9:  P1: smaps P1.a Rss Pss AnonHugePages
  r10: P1: read P1.a[699:702]
       P1: exit
       P0: b = mmap 512p
       P0: write b[0:4] 0x33
       P0: madvise b MADV_MERGEABLE
       ksmd: full_scan 2
  r11: P0: ksm pages_shared pages_sharing
  r12: P0: madvise b MADV_COLLAPSE
       P0: write b[3] 0x34
  r13: P0: madvise b MADV_COLLAPSE
  r14: P0: kpageflags b[0:2]
  r15: P0: read b[0:5]
       ksmd: full_scan 1
  r16: P0: ksm pages_shared pages_sharing
       P0: c = mmap 512p
       P0: write c[0:3] 0x44
       P0: mlock c[0:2]
  r17: P0: madvise c[0:512] MADV_COLLAPSE
       P0: munlock c
       P0: mlock c
  r18: P0: madvise c MADV_COLLAPSE
  r19: P0: kpageflags c[0:2]
  r20: P0: meminfo Mlocked
       P0: munlock c
  r21: P0: meminfo Mlocked
       P0: d = mmap 512p
       P0: write d[0:5] 0x55
       P0: madvise d[0:2] MADV_FREE
  r22: P0: madvise d MADV_COLLAPSE
  r23: P0: smaps d
  r24: P0: kpageflags d[0]

expect v6.1:
  r1  = Rss=4060 AnonHugePages=2048
  r2  = Rss=4096 AnonHugePages=4096
  r3  = 0x11 0x0*2 0x12 0x0
  r4  = nr_isolated_anon=0 thp_split_page=0 thp_deferred_split_page=1 thp_collapse_alloc=1
  r5  = Rss=4096 Pss=2050 AnonHugePages=2048
  r6  = Rss=4096 Pss=2050 AnonHugePages=4096
  r7  = 0
  r8  = 0
  r9  = Rss=4096 Pss=3072 AnonHugePages=4096
  r10 = 0x11 0x22 0x11
  r11 = pages_shared=1 pages_sharing=3
  r12 = -EINVAL
  r13 = -EAGAIN
  r14 = REFERENCED,UPTODATE,DIRTY,MMAP,ANON,SWAPBACKED,KSM*2
  r15 = 0x33*3 0x34 0x0
  r16 = pages_shared=1 pages_sharing=2
  r17 = -EINVAL
  r18 = 0
  r19 = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,UNEVICTABLE,THP,MLOCKED,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r20 = Mlocked=2048
  r21 = Mlocked=0
  r22 = 0
  r23 = Size=2048 KernelPageSize=4 MMUPageSize=4 Rss=2048 Pss=2048 Pss_Dirty=2048 Shared_Clean=0 Shared_Dirty=0 Private_Clean=0 Private_Dirty=2048 Referenced=2048 Anonymous=2048 LazyFree=0 AnonHugePages=2048 ShmemPmdMapped=0 FilePmdMapped=0 Shared_Hugetlb=0 Private_Hugetlb=0 Swap=0 SwapPss=0 Locked=0
  r24 = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK
