linuxmm-scenario 1
name:    thp-locked
intent:  mlock marks the huge page as a whole; of a part of it nothing is marked.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 1024p
      P0: write a 0x11
      P0: mlock a[0:512]
  r1: P0: kpageflags a[0:2]
  r2: P0: smaps a[0] Rss AnonHugePages Locked
  r3: P0: meminfo Mlocked Unevictable AnonHugePages
      P0: mlock a[512:520]
  r4: P0: smaps a[512] Rss AnonHugePages Locked
  r5: P0: kpageflags a[512:514]
  r6: P0: meminfo Mlocked Unevictable AnonHugePages
      P0: madvise a[600:604] MADV_DONTNEED
      P0: munlock a[0:512]
  r7: P0: meminfo Mlocked Unevictable AnonHugePages
      P0: mlock a[0:512]
      P0: mlock a[4:8]
      P0: munlock a[4:8]
  r8: P0: meminfo Mlocked Unevictable AnonHugePages
  r9: P0: kpageflags a[0:10]

expect v6.1:
  r1 = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,UNEVICTABLE,THP,MLOCKED,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r2 = Rss=2048 AnonHugePages=2048 Locked=2048
  r3 = Unevictable=2048 Mlocked=2048 AnonHugePages=4096
  r4 = Rss=2080 AnonHugePages=2048 Locked=2080
  r5 = REFERENCED,UPTODATE,DIRTY,LRU,ACTIVE,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK
  r6 = Unevictable=2048 Mlocked=2048 AnonHugePages=2048
  r7 = Unevictable=0 Mlocked=0 AnonHugePages=2048
  r8 = Unevictable=0 Mlocked=0 AnonHugePages=0
  r9 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK*9
