linuxmm-scenario 1
name:    hugetlb-policy
intent:  A memory policy says from which node's pool a huge page comes; mbind and migrate_pages move those that are elsewhere.

machine:
  node0 512M
  node1 512M
  sysctl vm.nr_hugepages = 8

steps:
      P0: a = mmap 2048p hugetlb
  r1: P0: mbind a[512:700] MPOL_BIND node1
  r2: P0: mbind a[512:1024] MPOL_BIND node1
      P0: write a 0x11
  r3: P0: numa_maps a[0]
  r4: P0: numa_maps a[512]
  r5: P0: numa_maps a[1024]
  r6: P0: mbind a[1024:2048] MPOL_BIND node1 MPOL_MF_STRICT
  r7: P0: mbind a[1024:2048] MPOL_BIND node1 MPOL_MF_MOVE
  r8: P0: numa_maps a[1024]
  r9: P0: read a[1023:1026]
      P0: b = mmap 1024p shared hugetlb
  r10: P0: mbind b MPOL_INTERLEAVE node0 node1
      P0: write b[0] 0x21
      P0: write b[512] 0x22
  r11: P0: numa_maps b
  r12: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
      P0: h = pin b[512]
  r13: P0: mbind b MPOL_PREFERRED node0 MPOL_MF_MOVE MPOL_MF_STRICT
  r14: P0: numa_maps b
      P0: unpin h
  r15: P0: mbind b MPOL_BIND node1 MPOL_MF_MOVE MPOL_MF_STRICT
  r16: P0: numa_maps b
  r17: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
      P0: P1 = fork
      P1: read P1.b[0]
  r18: P0: mbind b MPOL_BIND node0 MPOL_MF_MOVE MPOL_MF_STRICT
  r19: P0: mbind b MPOL_BIND node0 MPOL_MF_MOVE_ALL MPOL_MF_STRICT
  r20: P0: numa_maps b
  r21: P1: numa_maps P1.b
      P1: exit
      P0: munmap a
      P0: munmap b
      P0: set_mempolicy MPOL_BIND node1
  r22: P0: c = mmap 4096p hugetlb
  r23: P0: d = mmap 2048p hugetlb
  r24: P0: meminfo HugePages_Total HugePages_Free HugePages_Rsvd
      P0: write d[0] 0x31
  r25: P0: numa_maps d

expect v6.1:
  r1  = -EINVAL
  r2  = 0
  r3  = anon=1 dirty=1 N0=1
  r4  = anon=1 dirty=1 N1=1
  r5  = anon=2 dirty=2 N0=2
  r6  = -EIO
  r7  = 0
  r8  = anon=2 dirty=2 N1=2
  r9  = 0x11*3
  r10 = 0
  r11 = dirty=2 N0=1 N1=1
  r12 = HugePages_Total=0 HugePages_Free=-6 HugePages_Rsvd=0
  r13 = -EIO
  r14 = dirty=2 N0=1 N1=1
  r15 = 0
  r16 = dirty=2 N1=2
  r17 = HugePages_Total=0 HugePages_Free=-6 HugePages_Rsvd=0
  r18 = 0
  r19 = 0
  r20 = dirty=2 mapmax=2 N0=2
  r21 = dirty=1 mapmax=2 N0=1
  r22 = -ENOMEM
  r23 = ok
  r24 = HugePages_Total=0 HugePages_Free=0 HugePages_Rsvd=4
  r25 = anon=1 dirty=1 N1=1
