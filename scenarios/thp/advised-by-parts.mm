linuxmm-scenario 1
name:    thp-advised-by-parts
intent:  Advice and locks for a huge page that entries map: one by one, or all that are alike at once.

machine:
  node0 512M
  thp always

steps:
       P0: a = mmap 512p
       P0: write a 0x11
       P0: mprotect a[9] r
       P0: mprotect a[9] rw
       P0: madvise a MADV_COLD
  r1:  P0: smaps a Rss Referenced AnonHugePages
  r2:  P0: vmstat thp_split_page pgdeactivate
  r3:  P0: kpageflags a[0:2]
       P0: madvise a MADV_FREE
  r4:  P0: smaps a Rss LazyFree Private_Dirty
  r5:  P0: kpageflags a[0:2]
       P0: write a[7] 0x12
       P0: madvise a[0:8] MADV_FREE
  r6:  P0: smaps a Rss LazyFree Private_Dirty
  r7:  P0: vmstat thp_split_page
  r8:  P0: read a[6:9]
  # what a child maps too stays as it is, and so does what is held
       P0: b = mmap 512p
       P0: write b 0x21
       P0: mprotect b[9] r
       P0: P1 = fork
       P1: madvise P1.b[20:30] MADV_COLD
       P1: madvise P1.b[20:30] MADV_FREE
  r9:  P1: smaps P1.b Rss Referenced LazyFree
  r10: P0: vmstat thp_split_page thp_split_page_failed
       P1: exit
       P0: h = get b[3]
       P0: madvise b[20:30] MADV_COLD
  r11: P0: vmstat thp_split_page thp_split_page_failed
       P0: put h
       P0: madvise b[20:30] MADV_COLD
  r12: P0: vmstat thp_split_page thp_split_page_failed
  r13: P0: smaps b Rss Referenced
  # locks
       P0: c = mmap 512p
       P0: write c 0x31
       P0: mprotect c[9] r
       P0: mprotect c[9] rw
       P0: mlock c[0:511]
  r14: P0: meminfo Mlocked Unevictable
       P0: mlock c
  r15: P0: meminfo Mlocked Unevictable
       P0: mlock c[0:256]
  r16: P0: meminfo Mlocked Unevictable
       P0: munlock c[0:2]
  r17: P0: meminfo Mlocked Unevictable
       P0: munlock c
       P0: mlock c
  r18: P0: meminfo Mlocked Unevictable
       P0: madvise c[100] MADV_DONTNEED_LOCKED
  r19: P0: meminfo Mlocked Unevictable
       P0: munlock c
  r20: P0: vmstat unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_culled unevictable_pgs_rescued

expect v6.1:
  r1  = Rss=2048 Referenced=0 AnonHugePages=0
  r2  = pgdeactivate=0 thp_split_page=1
  r3  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK*2
  r4  = Rss=2048 Private_Dirty=0 LazyFree=2040
  r5  = UPTODATE,LRU,MMAP,ANON,MAPPEDTODISK*2
  r6  = Rss=2048 Private_Dirty=0 LazyFree=2048
  r7  = thp_split_page=1
  r8  = 0x11 0x12 0x11
  r9  = Rss=36 Referenced=0 LazyFree=0
  r10 = thp_split_page=1 thp_split_page_failed=0
  r11 = thp_split_page=1 thp_split_page_failed=1
  r12 = thp_split_page=2 thp_split_page_failed=1
  r13 = Rss=36 Referenced=36
  r14 = Unevictable=0 Mlocked=0
  r15 = Unevictable=0 Mlocked=0
  r16 = Unevictable=0 Mlocked=0
  r17 = Unevictable=0 Mlocked=0
  r18 = Unevictable=0 Mlocked=0
  r19 = Unevictable=0 Mlocked=0
  r20 = unevictable_pgs_culled=0 unevictable_pgs_rescued=0 unevictable_pgs_mlocked=0 unevictable_pgs_munlocked=0

expect v6.12:
  r1  = Rss=2048 Referenced=0 AnonHugePages=0
  r2  = pgdeactivate=0 thp_split_page=0
  r3  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,KSM,THP,MAPPEDTODISK UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_TAIL,KSM,THP,MAPPEDTODISK
  r4  = Rss=2048 Private_Dirty=0 LazyFree=2048
  r5  = UPTODATE,LRU,MMAP,ANON,COMPOUND_HEAD,KSM,THP,MAPPEDTODISK UPTODATE,LRU,MMAP,ANON,COMPOUND_TAIL,KSM,THP,MAPPEDTODISK
  r6  = Rss=2048 Private_Dirty=2016 LazyFree=32
  r7  = thp_split_page=1
  r8  = 0x11 0x12 0x11
  r9  = Rss=36 Referenced=0 LazyFree=0
  r10 = thp_split_page=1 thp_split_page_failed=0
  r11 = thp_split_page=1 thp_split_page_failed=1
  r12 = thp_split_page=2 thp_split_page_failed=1
  r13 = Rss=36 Referenced=36
  r14 = Unevictable=0 Mlocked=0
  r15 = Unevictable=0 Mlocked=0
  r16 = Unevictable=0 Mlocked=0
  r17 = Unevictable=0 Mlocked=0
  r18 = Unevictable=2048 Mlocked=2048
  r19 = Unevictable=0 Mlocked=0
  r20 = unevictable_pgs_culled=512 unevictable_pgs_rescued=512 unevictable_pgs_mlocked=512 unevictable_pgs_munlocked=512
