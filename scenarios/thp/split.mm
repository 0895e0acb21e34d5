linuxmm-scenario 1
name:    thp-split
intent:  debugfs splits a huge page that nobody else holds, however it is mapped, and says nothing.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 1536p
      P0: write a 0x11
      P0: h = get a[600]
  r1: P0: split_huge_pages a
  r2: P0: smaps a Rss AnonHugePages
  r3: P0: kpageflags a[0:2]
  r4: P0: kpageflags a[512:514]
  r5: P0: pages a[0:512]
      P0: put h
      P0: P1 = fork
      P1: write P1.a[520] 0x22
  r6: P0: split_huge_pages a[700]
  r7: P0: smaps a Rss Pss AnonHugePages
  r8: P1: smaps P1.a Rss Pss AnonHugePages
  r9: P0: kpageflags a[512:522]
  r10: P1: read P1.a[518:522]
  r11: P0: read a[518:522]
  r12: P0: vmstat thp_split_page thp_split_page_failed thp_split_pmd
      P0: write a[0:512] 0x33
  r13: P0: kpageflags a[0]

expect v6.1:
  r1  = 0
  r2  = Rss=6144 AnonHugePages=2048
  r3  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK*2
  r4  = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r5  = ram:x*512
  r6  = 0
  r7  = Rss=6144 Pss=3074 AnonHugePages=0
  r8  = Rss=6144 Pss=3074 AnonHugePages=0
  r9  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED*10
  r10 = 0x11*2 0x22 0x11
  r11 = 0x11*4
  r12 = thp_split_page=3 thp_split_page_failed=0 thp_split_pmd=4
  r13 = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK
