linuxmm-scenario 1
name:    thp-child-gone
intent:  When the other process is gone, a write to the read-only leaf takes it as it is.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a[0] 0x11
      P0: P1 = fork
      P1: exit
  r1: P0: kpageflags a[0]
      P0: write a[1] 0x22
  r2: P0: smaps a Rss AnonHugePages
  r3: P0: kpageflags a[0]
  r4: P0: vmstat thp_split_pmd

expect v6.1:
  r1 = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP
  r2 = Rss=2048 AnonHugePages=2048
  r3 = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK
  r4 = thp_split_pmd=0
