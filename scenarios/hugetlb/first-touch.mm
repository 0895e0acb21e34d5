linuxmm-scenario 1
name:    hugetlb-first-touch
intent:  A mapping of hugetlb is backed by huge pages of the pool, which it has been promised.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 3

steps:
  r1: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
      P0: a = mmap 1024p hugetlb
  r2: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
      P0: write a[3] 0x5a
  r3: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
  r4: P0: pages a
  r5: P0: smaps a Size KernelPageSize MMUPageSize Rss Pss Anonymous AnonHugePages Shared_Hugetlb Private_Hugetlb
  r6: P0: numa_maps a anon dirty kernelpagesize_kB
  r7: P0: read a[0:5]
  r8: P0: status VmSize VmRSS RssAnon HugetlbPages
  r9: P0: kpageflags a[0:3]
  r10: P0: kpagecount a[510:514]
  r11: P0: pagemap a
      P0: read a[600]
  r12: P0: pages a
  r13: P0: smaps a Rss Private_Hugetlb
  r14: P0: kpageflags a[512:514]
  r15: P0: numa_maps a
  r16: P0: mincore a
  r17: P0: smaps_rollup P0 Rss Private_Hugetlb
      P0: munmap a
  r18: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd

expect v6.1:
  r1  = HugePages_Total=0 HugePages_Free=0 HugePages_Rsvd=0
  r2  = HugePages_Total=0 HugePages_Free=0 HugePages_Rsvd=2
  r3  = HugePages_Total=0 HugePages_Free=-1 HugePages_Rsvd=1
  r4  = ram:x*512 none*512
  r5  = Size=4096 KernelPageSize=2048 MMUPageSize=2048 Rss=0 Pss=0 Anonymous=0 AnonHugePages=0 Shared_Hugetlb=0 Private_Hugetlb=2048
  r6  = anon=1 dirty=1 kernelpagesize_kB=2048
  r7  = 0x0*3 0x5a 0x0
  r8  = VmSize=4096 VmRSS=0 RssAnon=0 HugetlbPages=2048
  r9  = UPTODATE,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,HUGE*2
  r10 = 1*2 0*2
  r11 = PXD*512 D*512
  r12 = ram:x*1024
  r13 = Rss=0 Private_Hugetlb=4096
  r14 = UPTODATE,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,HUGE
  r15 = anon=2 dirty=1 N0=2
  r16 = 1*1024
  r17 = Rss=0 Private_Hugetlb=4096
  r18 = HugePages_Total=0 HugePages_Free=0 HugePages_Rsvd=0
