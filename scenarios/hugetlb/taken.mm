linuxmm-scenario 1
name:    hugetlb-taken
intent:  Without a free page the process that called mmap keeps the page, and its child gets SIGBUS.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 2

steps:
      P0: a = mmap 1024p hugetlb
      P0: write a[0] 0x11
      P0: write a[512] 0x12
      P0: P1 = fork
      P0: P2 = fork
  r1: P2: write P2.a[0] 0x22
  r2: P1: smaps P1.a Shared_Hugetlb Private_Hugetlb
  r3: P0: write a[0] 0x33
  r4: P1: pages P1.a[0:2]
  r5: P1: smaps P1.a Shared_Hugetlb Private_Hugetlb
  r6: P0: smaps a Shared_Hugetlb Private_Hugetlb
  r7: P1: status HugetlbPages
  r8: P1: read P1.a[512]
  r9: P1: read P1.a[0]
  r10: P0: read a[0:2]
  r11: P0: write a[512] 0x44
  r12: P0: meminfo HugePages_Free HugePages_Rsvd

expect v6.1:
  r1  = SIGBUS@0
  r2  = Shared_Hugetlb=4096 Private_Hugetlb=0
  r3  = ok
  r4  = none*2
  r5  = Shared_Hugetlb=2048 Private_Hugetlb=0
  r6  = Shared_Hugetlb=2048 Private_Hugetlb=2048
  r7  = HugetlbPages=2048
  r8  = 0x12
  r9  = SIGBUS@0
  r10 = 0x33 0x0
  r11 = ok
  r12 = HugePages_Free=-2 HugePages_Rsvd=0
