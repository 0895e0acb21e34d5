linuxmm-scenario 1
name:    hugetlb-remapped
intent:  mremap moves whole huge pages of the pool with the promises to them, and makes their areas shorter, never longer.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 5

steps:
      P0: a = mmap 1024p hugetlb
      P0: write a[0] 0x11
  r1: P0: b = mremap a 1024p MREMAP_MAYMOVE MREMAP_FIXED
  r2: P0: meminfo HugePages_Free HugePages_Rsvd
  r3: P0: read b[0:2]
  r4: P0: write b[512] 0x12
  r5: P0: meminfo HugePages_Free HugePages_Rsvd
  r6: P0: status HugetlbPages VmSize
  r7: P0: c = mremap b 1536p MREMAP_MAYMOVE
  r8: P0: d = mremap b[0:200] 100p MREMAP_MAYMOVE
  r9: P0: e = mremap b[1:512] 511p MREMAP_MAYMOVE MREMAP_FIXED
  r10: P0: f = mremap b 1024p MREMAP_MAYMOVE MREMAP_DONTUNMAP
  r11: P0: g = mremap b 600p
  r12: P0: h = mremap b 512p
  r13: P0: meminfo HugePages_Free HugePages_Rsvd
  r14: P0: smaps b Size Private_Hugetlb
      P0: i = mmap 1024p shared hugetlb
      P0: write i[512] 0x21
  r15: P0: meminfo HugePages_Free HugePages_Rsvd
  r16: P0: j = mremap i[512:1024] 512p MREMAP_MAYMOVE MREMAP_FIXED
  r17: P0: read j[0:2]
  r18: P0: write i[0] 0x22
  r19: P0: meminfo HugePages_Free HugePages_Rsvd
      P0: P1 = fork
  r20: P1: read P1.j[0]
  r21: P0: numa_maps j
      P0: munmap i[0:512]
      P1: exit
  r22: P0: meminfo HugePages_Free HugePages_Rsvd
      P0: munmap j
  r23: P0: meminfo HugePages_Free HugePages_Rsvd

expect v6.1:
  r1  = ok
  r2  = HugePages_Free=-1 HugePages_Rsvd=1
  r3  = 0x11 0x0
  r4  = ok
  r5  = HugePages_Free=-2 HugePages_Rsvd=0
  r6  = VmSize=4096 HugetlbPages=4096
  r7  = -EINVAL
  r8  = ok
  r9  = -EINVAL
  r10 = -EINVAL
  r11 = ok
  r12 = ok
  r13 = HugePages_Free=-1 HugePages_Rsvd=0
  r14 = Size=2048 Private_Hugetlb=2048
  r15 = HugePages_Free=-2 HugePages_Rsvd=1
  r16 = ok
  r17 = 0x21 0x0
  r18 = ok
  r19 = HugePages_Free=-3 HugePages_Rsvd=0
  r20 = 0x21
  r21 = dirty=1 mapmax=2 N0=1
  r22 = HugePages_Free=-3 HugePages_Rsvd=0
  r23 = HugePages_Free=-1 HugePages_Rsvd=0
