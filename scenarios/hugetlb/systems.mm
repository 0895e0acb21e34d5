linuxmm-scenario 1
name:    hugetlb-systems
intent:  Systems that want LRU pages, or small ones, pass huge pages of the pool over or refuse them.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  sysctl kernel.numa_balancing = 1
  sysctl vm.nr_hugepages = 4
  cpus 2

steps:
      P0: a = mmap 512p hugetlb
      P0: write a[0] 0x11
  r1: coherent0: migrate P0.a[0:4]
  r2: P0: madvise a MADV_MERGEABLE
      numa: scan P0
  r3: P0: pagemap a[0:2]
  r4: P0: mlock a
  r5: P0: smaps a Locked VmFlags
  r6: P0: munlock a
  r7: P0: split_huge_pages a
  r8: P0: madvise a MADV_HUGEPAGE
  r9: P0: madvise a MADV_COLLAPSE
  r10: P0 on cpu1: b = mmap 1024p hugetlb
      P0 on cpu1: write b[0] 0x12
  r11: P0: numa_maps b
  r12: P0: clear_refs 1
  r13: P0: smaps a Private_Hugetlb Referenced
  r14: P0: read a[0:2]

expect v6.1:
  r1  = -EINVAL
  r2  = 0
  r3  = PXD*2
  r4  = 0
  r5  = Locked=0 VmFlags=rd,wr,mr,mw,me,de,ht,sd
  r6  = 0
  r7  = 0
  r8  = 0
  r9  = -EINVAL
  r10 = ok
  r11 = anon=1 dirty=1 N1=1
  r12 = 0
  r13 = Referenced=0 Private_Hugetlb=2048
  r14 = 0x11 0x0
