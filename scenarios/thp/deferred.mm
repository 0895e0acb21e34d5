linuxmm-scenario 1
name:    thp-deferred-split
intent:  What is mapped in part waits in a queue; drop_caches=2 splits it and frees the rest.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 1024p
      P0: write a 0x11
      P0: madvise a[10:20] MADV_DONTNEED
      P0: mprotect a[512:520] r
  r1: P0: kpageflags a[0:2]
  r2: P0: vmstat thp_deferred_split_page thp_split_page
      P0: drop_caches 2
  r3: P0: kpageflags a[0:2]
  r4: P0: kpageflags a[512:514]
  r5: P0: pages a[0:24]
  r6: P0: read a[8:22]
  r7: P0: smaps a Rss AnonHugePages
  r8: P0: vmstat thp_deferred_split_page thp_split_page

expect v6.1:
  r1 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK
  r2 = thp_split_page=0 thp_deferred_split_page=1
  r3 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK*2
  r4 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK
  r5 = ram:x*10 none*10 ram:x*4
  r6 = 0x11*2 0x0*10 0x11*2
  r7 = Rss=2008 AnonHugePages=0
  r8 = thp_split_page=1 thp_deferred_split_page=1
