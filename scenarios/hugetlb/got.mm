linuxmm-scenario 1
name:    hugetlb-got
intent:  get_user_pages and pin_user_pages take parts of a huge page; fork gives a child its own copy of one that is pinned.

machine:
  node0 512M
  coherent0 256M
  sysctl vm.nr_hugepages = 6

steps:
      P0: a = mmap 1024p hugetlb
  r1: P0: h = get a[3:5]
  r2: P0: pages a[0:2]
  r3: P0: g = pin a[510:514] FOLL_WRITE
  r4: P0: kpageflags a[0:2]
  r5: P0: status HugetlbPages
      P0: write a[511] 0x11
      P0: put h
  r6: P0: P1 = fork
  r7: P1: pages P1.a
  r8: P0: smaps a Shared_Hugetlb Private_Hugetlb
  r9: P1: read P1.a[510:513]
  r10: P0: meminfo HugePages_Free HugePages_Rsvd
      P0: write g 0x22
  r11: P0: read a[509:514]
  r12: P1: read P1.a[510:513]
  r13: P0: munmap a[0:512]
  r14: P0: meminfo HugePages_Free HugePages_Rsvd
      P0: unpin g
  r15: P0: meminfo HugePages_Free HugePages_Rsvd
      P0: b = mmap 512p shared hugetlb
  r16: P0: l = pin b[0:3] FOLL_LONGTERM
      P0: unpin l
  r17: P0: P2 = fork
  r18: P2: k = pin P2.a[512] FOLL_LONGTERM
  r19: P2: pages P2.a[512:514]
  r20: P0: madvise b MADV_POPULATE_WRITE
  r21: P0: mprotect a[512:1024] r
  r22: P0: n = get a[512] FOLL_WRITE FOLL_FORCE
  r23: P0: madvise a[512:1024] MADV_WILLNEED
      P0: c = mmap 512p noreserve hugetlb
  r24: P0: f = get c[0] FOLL_NOFAULT

expect v6.1:
  r1  = 2
  r2  = ram:x*2
  r3  = 4
  r4  = UPTODATE,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,HUGE
  r5  = HugetlbPages=4096
  r6  = ok
  r7  = ram:x*1024
  r8  = Shared_Hugetlb=0 Private_Hugetlb=4096
  r9  = 0x0 0x11 0x0
  r10 = HugePages_Free=-4 HugePages_Rsvd=0
  r11 = 0x0 0x22*4
  r12 = 0x0 0x11 0x0
  r13 = 0
  r14 = HugePages_Free=-4 HugePages_Rsvd=0
  r15 = HugePages_Free=-3 HugePages_Rsvd=0
  r16 = 3
  r17 = ok
  r18 = 1
  r19 = ram:x*2
  r20 = 0
  r21 = 0
  r22 = -EFAULT
  r23 = 0
  r24 = 1
