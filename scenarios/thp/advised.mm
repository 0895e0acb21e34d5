linuxmm-scenario 1
name:    thp-advised
intent:  COLD and FREE of the whole keep the huge page; of a part they split it.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 1024p
      P0: write a 0x11
      P0: madvise a[0:512] MADV_COLD
  r1: P0: kpageflags a[0:2]
  r2: P0: smaps a Rss AnonHugePages Referenced
      P0: madvise a[0:512] MADV_FREE
  r3: P0: kpageflags a[0:2]
  r4: P0: smaps a Rss AnonHugePages LazyFree
      P0: write a[1] 0x22
  r5: P0: smaps a Rss AnonHugePages LazyFree
      P0: madvise a[512:520] MADV_FREE
  r6: P0: smaps a Rss AnonHugePages LazyFree
  r7: P0: kpageflags a[512:522]
      P0: madvise a[4:8] MADV_COLD
  r8: P0: smaps a Rss AnonHugePages LazyFree
  r9: P0: kpageflags a[3:9]
  r10: P0: vmstat thp_split_pmd thp_split_page thp_split_page_failed pglazyfree

expect v6.1:
  r1  = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r2  = Rss=4096 Referenced=2048 AnonHugePages=4096
  r3  = UPTODATE,LRU,MMAP,ANON,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r4  = Rss=4096 LazyFree=2048 AnonHugePages=4096
  r5  = Rss=4096 LazyFree=0 AnonHugePages=4096
  r6  = Rss=4096 LazyFree=0 AnonHugePages=2048
  r7  = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK*8 UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK*2
  r8  = Rss=4096 LazyFree=32 AnonHugePages=0
  r9  = UPTODATE,DIRTY,LRU,MMAP,ANON,MAPPEDTODISK*6
  r10 = pglazyfree=520 thp_split_page=2 thp_split_page_failed=0 thp_split_pmd=2
