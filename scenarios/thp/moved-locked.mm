linuxmm-scenario 1
name:    thp-moved-locked
intent:  A huge page of a locked area that moves is mlocked, or was: reclaim would find out.

machine:
  node0 512M
  node1 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: mlock a
  r1: P0: meminfo Mlocked Unevictable
  r2: P0: move_pages a[0] node1
  r3: P0: kpageflags a[0:2]
  r4: P0: meminfo Mlocked Unevictable
  r5: P0: smaps a Rss Locked AnonHugePages
  r6: P0: vmstat unevictable_pgs_culled unevictable_pgs_rescued unevictable_pgs_munlocked unevictable_pgs_mlocked
      P0: munlock a
  r7: P0: meminfo Mlocked Unevictable
  r8: P0: kpageflags a[0:2]

expect v6.1:
  r1 = Unevictable=2048 Mlocked=2048
  r2 = node1
  r3 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,UNEVICTABLE,THP,MLOCKED,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r4 = Unevictable=2048 Mlocked=2048
  r5 = Rss=2048 AnonHugePages=2048 Locked=2048
  r6 = unevictable_pgs_culled=1024 unevictable_pgs_rescued=512 unevictable_pgs_mlocked=1024 unevictable_pgs_munlocked=0
  r7 = Unevictable=0 Mlocked=0
  r8 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP

expect v6.12:
  r1 = Unevictable=2048 Mlocked=2048
  r2 = node1
  r3 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,KSM,THP,MAPPEDTODISK UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_TAIL,KSM,THP,MAPPEDTODISK
  r4 = Unevictable=0 Mlocked=0
  r5 = Rss=2048 AnonHugePages=2048 Locked=2048
  r6 = unevictable_pgs_culled=512 unevictable_pgs_rescued=512 unevictable_pgs_mlocked=512 unevictable_pgs_munlocked=0
  r7 = Unevictable=0 Mlocked=0
  r8 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,KSM,THP,MAPPEDTODISK UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_TAIL,KSM,THP,MAPPEDTODISK
