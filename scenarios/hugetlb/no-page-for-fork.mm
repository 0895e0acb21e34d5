linuxmm-scenario 1
name:    hugetlb-no-page-for-fork
intent:  fork fails when a pinned huge page has to be copied and the pool has no page that is promised to nobody.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 2

steps:
      P0: a = mmap 1024p hugetlb
      P0: write a[0] 0x11
      P0: h = pin a[0] FOLL_WRITE
  r1: P0: P1 = fork
  r2: P0: meminfo HugePages_Free HugePages_Rsvd
  r3: P0: smaps a Shared_Hugetlb Private_Hugetlb
      P0: unpin h
  r4: P0: P2 = fork
  r5: P0: smaps a Shared_Hugetlb Private_Hugetlb
  r6: P0: b = mmap 512p populate noreserve hugetlb
  r7: P0: pages b[0:2]
  r8: P0: n = get b[0] FOLL_NOFAULT

expect v6.1:
  r1 = -ENOMEM
  r2 = HugePages_Free=-1 HugePages_Rsvd=1
  r3 = Shared_Hugetlb=0 Private_Hugetlb=2048
  r4 = ok
  r5 = Shared_Hugetlb=2048 Private_Hugetlb=0
  r6 = ok
  r7 = none*2
  r8 = -EFAULT
