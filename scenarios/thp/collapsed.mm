linuxmm-scenario 1
name:    thp-collapsed
intent:  khugepaged fills the holes of an advised table with zeros and makes one huge page of it.

machine:
  node0 512M
  thp madvise

steps:
      P0: a = mmap 1024p
      P0: write a[0:4] 0x11
      P0: read a[4:6]
      P0: write a[600] 0x22
  r1: P0: smaps a Rss AnonHugePages
      khugepaged: scan
  r2: P0: smaps a Rss AnonHugePages
      P0: madvise a MADV_HUGEPAGE
      khugepaged: scan
  r3: P0: smaps a Rss Anonymous Referenced AnonHugePages
  r4: P0: read a[2:7]
  r5: P0: kpageflags a[0:2]
  r6: P0: pages a[600:602]
  r7: P0: vmstat thp_collapse_alloc thp_fault_alloc thp_scan_exceed_none_pte nr_isolated_anon
      khugepaged: scan 2
  r8: P0: vmstat thp_collapse_alloc
      P0: write a[7] 0x33
  r9: P0: read a[6:8]

expect v6.1:
  r1 = Rss=20 AnonHugePages=0
  r2 = Rss=20 AnonHugePages=0
  r3 = Rss=4096 Referenced=4096 Anonymous=4096 AnonHugePages=4096
  r4 = 0x11*2 0x0*3
  r5 = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r6 = ram:x*2
  r7 = nr_isolated_anon=0 thp_fault_alloc=0 thp_collapse_alloc=2 thp_scan_exceed_none_pte=0
  r8 = thp_collapse_alloc=2
  r9 = 0x0 0x33
