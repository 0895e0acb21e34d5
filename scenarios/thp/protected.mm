linuxmm-scenario 1
name:    thp-protected
intent:  mprotect of the whole keeps the leaf, of a part makes it a table.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 1024p
      P0: write a 0x11
      P0: mprotect a[0:512] r
  r1: P0: smaps a[0] Rss AnonHugePages
      P0: mprotect a[0:512] rw
      P0: write a[2] 0x22
  r2: P0: smaps a[0] Rss AnonHugePages
      P0: mprotect a[512:520] r
  r3: P0: smaps a[512] Rss AnonHugePages
  r4: P0: smaps a[520] Rss AnonHugePages
      P0: mprotect a[512:520] rw
      P0: write a[513] 0x33
  r5: P0: smaps a Rss AnonHugePages
  r6: P0: kpageflags a[512:514]
  r7: P0: vmstat thp_split_pmd

expect v6.1:
  r1 = Rss=2048 AnonHugePages=2048
  r2 = Rss=4096 AnonHugePages=4096
  r3 = Rss=32 AnonHugePages=0
  r4 = Rss=2016 AnonHugePages=0
  r5 = Rss=4096 AnonHugePages=2048
  r6 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK
  r7 = thp_split_pmd=1
