linuxmm-scenario 1
name:    thp-by-advice
intent:  With `madvise` only advised memory has huge pages, and none where a table stands already.

machine:
  node0 512M
  thp madvise

steps:
      P0: a = mmap 1024p
      P0: write a[0] 0x11
  r1: P0: smaps a Rss AnonHugePages
      P0: madvise a MADV_HUGEPAGE
      P0: write a[1] 0x12
      P0: write a[600] 0x13
  r2: P0: smaps a Rss AnonHugePages VmFlags
      P0: madvise a MADV_DONTNEED
      P0: write a[0] 0x21
      P0: write a[600] 0x22
  r3: P0: smaps a Rss AnonHugePages
      P0: madvise a MADV_NOHUGEPAGE
      P0: madvise a[512:1024] MADV_DONTNEED
      P0: write a[600] 0x32
  r4: P0: smaps a Rss AnonHugePages VmFlags
  r5: P0: kpageflags a[600]

expect v6.1:
  r1 = Rss=4 AnonHugePages=0
  r2 = Rss=2056 AnonHugePages=2048 VmFlags=rd,wr,mr,mw,me,ac,sd,hg
  r3 = Rss=2052 AnonHugePages=2048
  r4 = Rss=8 AnonHugePages=0 VmFlags=rd,wr,mr,mw,me,ac,sd,nh
  r5 = UPTODATE,MMAP,ANON,SWAPBACKED,MAPPEDTODISK
