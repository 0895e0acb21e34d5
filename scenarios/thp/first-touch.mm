linuxmm-scenario 1
name:    thp-first-touch
intent:  The first write to an aligned 2 MiB of anonymous memory maps one huge page.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 1024p
      P0: write a[3] 0x5a
  r1: P0: pages a
  r2: P0: smaps a Rss AnonHugePages Anonymous Private_Dirty Pss
  r3: P0: numa_maps a
  r4: P0: read a[0:5]
  r5: P0: status VmRSS RssAnon
  r6: P0: kpageflags a[0:3]
  r7: P0: kpagecount a[510:514]
  r8: P0: vmstat thp_fault_alloc nr_anon_transparent_hugepages
  r9: P0: pagemap a
  r10: P0: read a[600]
  r11: P0: pages a
  r12: P0: smaps a Rss AnonHugePages Anonymous
  r13: P0: pagemap a
  r14: P0: kpageflags a[512:514]

expect v6.1:
  r1  = ram:x*512 none*512
  r2  = Rss=2048 Pss=2048 Private_Dirty=2048 Anonymous=2048 AnonHugePages=2048
  r3  = anon=512 dirty=512 active=0 N0=512
  r4  = 0x0*3 0x5a 0x0
  r5  = VmRSS=2048 RssAnon=2048
  r6  = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP*2
  r7  = 1*2 0*2
  r8  = nr_anon_transparent_hugepages=1 thp_fault_alloc=1
  r9  = PXD*512 D*512
  r10 = 0x0
  r11 = ram:x*512 ram:f*512
  r12 = Rss=2048 Anonymous=2048 AnonHugePages=2048
  r13 = PXD*512 PFD*512
  r14 = COMPOUND_HEAD,THP,ZERO_PAGE COMPOUND_TAIL,THP,ZERO_PAGE
