linuxmm-scenario 1
name:    thp-pinned
intent:  A pin holds the whole huge page; fork then splits the leaf and copies every page.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: h = pin a[3:5] FOLL_WRITE
  r1: P0: kpageflags a[0:2]
      P0: madvise a[0:4] MADV_COLD
  r2: P0: smaps a Rss AnonHugePages
      P0: P1 = fork
  r3: P0: smaps a Rss AnonHugePages
  r4: P1: smaps P1.a Rss AnonHugePages Private_Dirty
  r5: P0: kpagecount a[0:4]
      P0: write a[3] 0x22
  r6: P0: read a[2:5]
  r7: P1: read P1.a[2:5]
      P0: unpin h
      P0: madvise a[0:4] MADV_COLD
  r8: P0: kpageflags a[0:5]

expect v6.1:
  r1 = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r2 = Rss=2048 AnonHugePages=2048
  r3 = Rss=2048 AnonHugePages=0
  r4 = Rss=2048 Private_Dirty=2048 AnonHugePages=0
  r5 = 1*4
  r6 = 0x11 0x22 0x11
  r7 = 0x11*3
  r8 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK*5
