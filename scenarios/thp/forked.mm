linuxmm-scenario 1
name:    thp-forked
intent:  fork shares the huge page by two leaves; who writes first splits its own and copies one page.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: P1 = fork
  r1: P0: kpagecount a[0:4]
  r2: P1: smaps P1.a Rss Pss AnonHugePages Shared_Dirty Private_Dirty
  r3: P0: kpageflags a[0:2]
      P1: write P1.a[3] 0x22
  r4: P1: pages P1.a
  r5: P0: pages a
  r6: P1: smaps P1.a Rss Pss AnonHugePages Shared_Dirty Private_Dirty
  r7: P0: smaps a Rss Pss AnonHugePages Shared_Dirty Private_Dirty
  r8: P0: kpagecount a[0:5]
      P0: write a[5] 0x33
  r9: P0: pages a
  r10: P0: smaps a Rss Pss AnonHugePages Shared_Dirty Private_Dirty
  r11: P0: read a[2:6]
  r12: P1: read P1.a[2:6]
      P1: exit
  r13: P0: smaps a Rss Pss AnonHugePages Shared_Dirty Private_Dirty
      P0: write a[6] 0x44
  r14: P0: pages a
  r15: P0: vmstat thp_split_pmd thp_split_page thp_fault_alloc

expect v6.1:
  r1  = 2*4
  r2  = Rss=2048 Pss=1024 Shared_Dirty=2048 Private_Dirty=0 AnonHugePages=2048
  r3  = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP MMAP,ANON,COMPOUND_TAIL,THP
  r4  = ram*3 ram:x ram*508
  r5  = ram*512
  r6  = Rss=2048 Pss=1026 Shared_Dirty=2044 Private_Dirty=4 AnonHugePages=0
  r7  = Rss=2048 Pss=1026 Shared_Dirty=2044 Private_Dirty=4 AnonHugePages=2048
  r8  = 2*3 1 2
  r9  = ram*3 ram:x ram ram:x ram*506
  r10 = Rss=2048 Pss=1028 Shared_Dirty=2040 Private_Dirty=8 AnonHugePages=0
  r11 = 0x11*3 0x33
  r12 = 0x11 0x22 0x11*2
  r13 = Rss=2048 Pss=2048 Shared_Dirty=0 Private_Dirty=2048 AnonHugePages=0
  r14 = ram:x*512
  r15 = thp_fault_alloc=1 thp_split_page=0 thp_split_pmd=2
