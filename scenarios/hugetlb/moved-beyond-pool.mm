linuxmm-scenario 1
name:    hugetlb-moved-beyond-pool
intent:  Where the pool has no page on the node to give, one more is taken from its memory, and the old one leaves the pool.

machine:
  node0 512M
  node1 512M
  sysctl vm.nr_hugepages = 1

steps:
      P0: a = mmap 512p hugetlb
      P0: write a[0] 0x11
  r1: P0: numa_maps a
  r2: P0: move_pages a[0] node1
  r3: P0: numa_maps a
  r4: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
  r5: P0: read a[0:2]
      P0: g = get a[5]
  r6: P0: move_pages a[0] node0
  r7: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
      P0: put g
      P0: munmap a
  r8: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
      P0: b = mmap 512p hugetlb
  r9: P0: read b[0]
  r10: P0: numa_maps b
  r11: P0: kpageflags b[0]
      P0: munmap b
      P0: c = mmap 512p shared hugetlb
      P0: write c[0] 0x22
  r12: P0: mbind c MPOL_BIND node0 MPOL_MF_MOVE MPOL_MF_STRICT
  r13: P0: numa_maps c
  r14: P0: read c[0:2]
  r15: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
      P0: munmap c
  r16: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd

expect v6.1:
  r1  = anon=1 dirty=1 N0=1
  r2  = node1
  r3  = anon=1 dirty=1 N1=1
  r4  = HugePages_Total=0 HugePages_Free=-1 HugePages_Rsvd=0
  r5  = 0x11 0x0
  r6  = ret=1 untouched
  r7  = HugePages_Total=0 HugePages_Free=-1 HugePages_Rsvd=0
  r8  = HugePages_Total=0 HugePages_Free=0 HugePages_Rsvd=0
  r9  = 0x0
  r10 = anon=1 dirty=1 N1=1
  r11 = UPTODATE,DIRTY,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK
  r12 = 0
  r13 = dirty=1 N0=1
  r14 = 0x22 0x0
  r15 = HugePages_Total=0 HugePages_Free=-1 HugePages_Rsvd=0
  r16 = HugePages_Total=0 HugePages_Free=0 HugePages_Rsvd=0
