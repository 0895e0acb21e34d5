linuxmm-scenario 1
name:    thp-in-parts
intent:  What is unmapped or dropped in part becomes a table first; the huge page stays whole.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 1536p
      P0: write a 0x11
      P0: madvise a[100:108] MADV_DONTNEED
  r2: P0: pages a[0:512]
  r3: P0: smaps a Rss AnonHugePages
  r4: P0: kpageflags a[0:2]
      P0: munmap a[600:610]
  r6: P0: smaps a[512] Rss AnonHugePages
  r7: P0: smaps a[1024] Rss AnonHugePages
      P0: write a[101] 0x22
  r8: P0: read a[99:103]
  r9: P0: pages a[96:112]
  r10: P0: kpagecount a[100:103]
  r11: P0: vmstat thp_split_pmd thp_split_page thp_deferred_split_page
       P0: madvise a[1024:1536] MADV_DONTNEED
  r13: P0: smaps a[1024] Rss AnonHugePages
      P0: write a[1030] 0x33
  r14: P0: smaps a[1024] Rss AnonHugePages

expect v6.1:
  r2  = ram:x*100 none*8 ram:x*404
  r3  = Rss=6112 AnonHugePages=4096
  r4  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK
  r6  = Rss=2368 AnonHugePages=0
  r7  = Rss=3704 AnonHugePages=2048
  r8  = 0x11 0x0 0x22 0x0
  r9  = ram:x*4 ram ram:x ram@4 none*5 ram:x*4
  r10 = 0 1 0
  r11 = thp_split_page=0 thp_deferred_split_page=2 thp_split_pmd=2
  r13 = Rss=1656 AnonHugePages=0
  r14 = Rss=3704 AnonHugePages=2048
