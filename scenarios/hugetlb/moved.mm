linuxmm-scenario 1
name:    hugetlb-moved
intent:  move_pages moves a huge page of the pool when its first part is asked for; its other parts are refused until it is there.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  sysctl vm.nr_hugepages = 4

steps:
      P0: a = mmap 1024p hugetlb
      P0: write a[0] 0x11
      P0: write a[513] 0x12
  r1: P0: move_pages a[510:514]
  r2: P0: move_pages a[1:4] node1
  r3: P0: move_pages a[0:4] node1
  r4: P0: move_pages a[0:2]
  r5: P0: numa_maps a
  r6: P0: read a[0:2]
  r7: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
  r8: P0: kpageflags a[0:2]
  r9: P0: h = pin a[512] FOLL_WRITE
  r10: P0: move_pages a[512] node1
      P0: unpin h
  r11: P0: g = get a[700]
  r12: P0: move_pages a[512] node1
      P0: put g
      P0: P1 = fork
  r13: P0: move_pages a[512] node1
  r14: P0: move_pages a[512] node1 MPOL_MF_MOVE_ALL
  r15: P1: move_pages P1.a[512]
  r16: P1: numa_maps P1.a
  r17: P0: write a[512] 0x13
  r18: P1: read P1.a[512:514]
      P1: exit
  r19: P0: b = mmap 512p shared hugetlb
  r20: P0: write b[0] 0x21
  r21: P0: move_pages b[0:2] node1
  r22: P0: move_pages b[0:2] node1
  r23: P0: read b[0:2]
  r24: P0: numa_maps b
  r25: P0: mprotect b none
  r26: P0: move_pages b[0] node0
  r27: P0: move_pages b[0]
      P0: c = mmap 512p hugetlb
  r28: P0: move_pages c[0:2]
  r29: P0: move_pages c[0:2] node1
  r30: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
  r31: P0: vmstat pgmigrate_success pgmigrate_fail thp_migration_success nr_isolated_anon

expect v6.1:
  r1  = node0*4
  r2  = -EACCES*3
  r3  = node1 -EACCES node1*2
  r4  = node1*2
  r5  = anon=2 dirty=2 N0=1 N1=1
  r6  = 0x11 0x0
  r7  = HugePages_Total=0 HugePages_Free=-2 HugePages_Rsvd=0
  r8  = UPTODATE,DIRTY,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,HUGE
  r9  = 1
  r10 = ret=1 untouched
  r11 = 1
  r12 = ret=1 untouched
  r13 = -EACCES
  r14 = node1
  r15 = node1
  r16 = anon=2 dirty=2 mapmax=2 N1=2
  r17 = ok
  r18 = 0x0 0x12
  r19 = ok
  r20 = ok
  r21 = node1 -EACCES
  r22 = node1*2
  r23 = 0x21 0x0
  r24 = dirty=1 N1=1
  r25 = 0
  r26 = node0
  r27 = node0
  r28 = -ENOENT*2
  r29 = -ENOENT*2
  r30 = HugePages_Total=0 HugePages_Free=-3 HugePages_Rsvd=1
  r31 = nr_isolated_anon=0 pgmigrate_success=2048 pgmigrate_fail=1024 thp_migration_success=0
