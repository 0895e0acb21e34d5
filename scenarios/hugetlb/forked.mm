linuxmm-scenario 1
name:    hugetlb-forked
intent:  fork shares huge pages of the pool read-only; who writes copies all of one, the last one keeps it.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 5

steps:
      P0: a = mmap 1024p hugetlb
      P0: write a[0:2] 0x11
      P0: read a[512]
      P0: P1 = fork
  r1: P0: kpageflags a[0:2]
  r2: P0: smaps a Rss Shared_Hugetlb Private_Hugetlb
  r3: P1: smaps P1.a Rss Shared_Hugetlb Private_Hugetlb
  r4: P1: status HugetlbPages VmRSS
  r5: P0: meminfo HugePages_Free HugePages_Rsvd
  r6: P1: write P1.a[1] 0x22
  r7: P0: meminfo HugePages_Free HugePages_Rsvd
  r8: P1: read P1.a[0:3]
  r9: P0: read a[0:3]
  r10: P0: pages a
  r11: P1: pages P1.a
  r12: P0: write a[0] 0x33
  r13: P0: meminfo HugePages_Free HugePages_Rsvd
  r14: P0: write a[512] 0x44
  r15: P0: meminfo HugePages_Free HugePages_Rsvd
  r16: P1: numa_maps P1.a
  r17: P0: numa_maps a
  r18: P1: read P1.a[512]
      P1: exit
  r19: P0: meminfo HugePages_Free HugePages_Rsvd
  r20: P0: smaps a Rss Shared_Hugetlb Private_Hugetlb

expect v6.1:
  r1  = UPTODATE,MMAP,ANON,COMPOUND_HEAD,HUGE MMAP,ANON,COMPOUND_TAIL,HUGE
  r2  = Rss=0 Shared_Hugetlb=4096 Private_Hugetlb=0
  r3  = Rss=0 Shared_Hugetlb=4096 Private_Hugetlb=0
  r4  = VmRSS=0 HugetlbPages=4096
  r5  = HugePages_Free=-2 HugePages_Rsvd=0
  r6  = ok
  r7  = HugePages_Free=-3 HugePages_Rsvd=0
  r8  = 0x11 0x22 0x0
  r9  = 0x11*2 0x0
  r10 = ram:x*512 ram*512
  r11 = ram:x*512 ram*512
  r12 = ok
  r13 = HugePages_Free=-3 HugePages_Rsvd=0
  r14 = ok
  r15 = HugePages_Free=-4 HugePages_Rsvd=0
  r16 = anon=2 dirty=1 N0=2
  r17 = anon=2 dirty=2 N0=2
  r18 = 0x0
  r19 = HugePages_Free=-2 HugePages_Rsvd=0
  r20 = Rss=0 Shared_Hugetlb=0 Private_Hugetlb=4096
