linuxmm-scenario 1
name:    hugetlb-pinned-parts
intent:  Whether a page is exclusive is said once for the whole: parts of one that was only read are pinned each.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 3

steps:
      P0: a = mmap 512p hugetlb
      P0: read a[0]
  r1: P0: h = pin a[0:4]
      P0: unpin h
      P0: P1 = fork
  r2: P1: g = pin P1.a[2:6] FOLL_FORCE
  r3: P1: smaps P1.a Shared_Hugetlb Private_Hugetlb
  r4: P0: k = pin a[510:512]
      P1: unpin g
      P0: unpin k

expect v6.1:
  r1 = 4
  r2 = 4
  r3 = Shared_Hugetlb=0 Private_Hugetlb=2048
  r4 = 2
