linuxmm-scenario 1
name:    hugetlb-dontneed
intent:  MADV_DONTNEED gives whole huge pages back to the pool, and with them the promise; other advice is refused or changes flags.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 2

steps:
      P0: a = mmap 1024p hugetlb
      P0: write a[0] 0x11
      P0: write a[700] 0x12
  r1: P0: madvise a[1:512] MADV_DONTNEED
  r2: P0: madvise a[0:511] MADV_DONTNEED
  r3: P0: read a[0]
  r4: P0: madvise a[0:600] MADV_DONTNEED
  r5: P0: meminfo HugePages_Free HugePages_Rsvd
  r6: P0: mincore a
  r7: P0: b = mmap 512p hugetlb
  r8: P0: smaps a Private_Hugetlb VmFlags
  r9: P0: read a[512:513]
  r10: P0: madvise a MADV_FREE
  r11: P0: madvise a MADV_COLD
  r12: P0: madvise a MADV_PAGEOUT
  r13: P0: madvise a[0:300] MADV_DONTFORK
  r14: P0: madvise a[0:512] MADV_DONTFORK
  r15: P0: smaps a[0] Size VmFlags
  r16: P0: smaps a[512] Size VmFlags
  r17: P0: madvise a MADV_MERGEABLE
  r18: P0: madvise a MADV_WIPEONFORK
  r19: P0: mlock a
  r20: P0: status VmLck HugetlbPages
  r21: P0: numa_maps a[512]

expect v6.1:
  r1  = -EINVAL
  r2  = 0
  r3  = 0x11
  r4  = 0
  r5  = HugePages_Free=-1 HugePages_Rsvd=0
  r6  = 0*512 1*512
  r7  = ok
  r8  = Private_Hugetlb=2048 VmFlags=rd,wr,mr,mw,me,de,ht,sd
  r9  = 0x0
  r10 = -EINVAL
  r11 = -EINVAL
  r12 = -EINVAL
  r13 = -EINVAL
  r14 = 0
  r15 = Size=2048 VmFlags=rd,wr,mr,mw,me,dc,de,ht,sd
  r16 = Size=2048 VmFlags=rd,wr,mr,mw,me,de,ht,sd
  r17 = 0
  r18 = -EINVAL
  r19 = -ENOMEM
  r20 = VmLck=0 HugetlbPages=2048
  r21 = anon=1 dirty=1 N0=1
