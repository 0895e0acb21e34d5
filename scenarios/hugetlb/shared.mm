linuxmm-scenario 1
name:    hugetlb-shared
intent:  A shared mapping of hugetlb keeps its pages in a file; a child finds them there when it touches them.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 4

steps:
      P0: a = mmap 1024p shared hugetlb
  r1: P0: meminfo HugePages_Free HugePages_Rsvd
      P0: write a[0] 0x11
  r2: P0: meminfo HugePages_Free HugePages_Rsvd Cached Shmem Mapped
  r3: P0: kpageflags a[0:2]
  r4: P0: pagemap a[510:514]
      P0: P1 = fork
  r5: P1: pages P1.a[0:2]
  r6: P0: smaps a Shared_Hugetlb Private_Hugetlb
  r7: P1: read P1.a[0:2]
  r8: P1: status HugetlbPages
  r9: P0: smaps a Shared_Hugetlb Private_Hugetlb
  r10: P1: write P1.a[1] 0x22
  r11: P0: read a[0:3]
  r12: P1: write P1.a[512] 0x33
  r13: P0: numa_maps a
  r14: P1: numa_maps P1.a
  r15: P0: read a[511:514]
  r16: P0: numa_maps a
  r17: P0: kpagecount a[510:514]
      P1: exit
  r18: P0: smaps a Shared_Hugetlb Private_Hugetlb
  r19: P0: munmap a[512:1024]
  r20: P0: meminfo HugePages_Free HugePages_Rsvd
      P0: munmap a[0:512]
  r21: P0: meminfo HugePages_Free HugePages_Rsvd

expect v6.1:
  r1  = HugePages_Free=0 HugePages_Rsvd=2
  r2  = Cached=0 Mapped=0 Shmem=0 HugePages_Free=-1 HugePages_Rsvd=1
  r3  = UPTODATE,DIRTY,MMAP,COMPOUND_HEAD,HUGE MMAP,COMPOUND_TAIL,HUGE
  r4  = PFXD*2 D*2
  r5  = none*2
  r6  = Shared_Hugetlb=0 Private_Hugetlb=2048
  r7  = 0x11 0x0
  r8  = HugetlbPages=2048
  r9  = Shared_Hugetlb=2048 Private_Hugetlb=0
  r10 = ok
  r11 = 0x11 0x22 0x0
  r12 = ok
  r13 = dirty=1 mapmax=2 N0=1
  r14 = dirty=2 mapmax=2 N0=2
  r15 = 0x0 0x33 0x0
  r16 = dirty=2 mapmax=2 N0=2
  r17 = 2*4
  r18 = Shared_Hugetlb=0 Private_Hugetlb=4096
  r19 = 0
  r20 = HugePages_Free=-2 HugePages_Rsvd=0
  r21 = HugePages_Free=0 HugePages_Rsvd=0
