linuxmm-scenario 1
name:    hugetlb-reserved
intent:  mmap promises huge pages and fails without enough; a mapping without a promise gets SIGBUS when it is touched.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 3

steps:
  r1: P0: a = mmap 2048p hugetlb
  r2: P0: b = mmap 1024p hugetlb
  r3: P0: c = mmap 1024p shared hugetlb
  r4: P0: d = mmap 1024p noreserve hugetlb
  r5: P0: meminfo HugePages_Free HugePages_Rsvd
      P0: write d[0] 0x11
  r6: P0: meminfo HugePages_Free HugePages_Rsvd
  r7: P0: write b[0:1024] 0x22
  r8: P0: meminfo HugePages_Free HugePages_Rsvd
  r9: P0: munmap b[0:512]
  r10: P0: meminfo HugePages_Free HugePages_Rsvd
  r11: P0: e = mmap 5p hugetlb
  r12: P0: smaps e Size KernelPageSize MMUPageSize
  r13: P0: write e[4] 0x33
  r14: P0: munmap e[0:5]
  r15: P0: meminfo HugePages_Free HugePages_Rsvd
  r16: P0: P1 = fork
  r17: P1: write P1.d[512] 0x44
  r18: P0: write d[512] 0x55

expect v6.1:
  r1  = -ENOMEM
  r2  = ok
  r3  = -ENOMEM
  r4  = ok
  r5  = HugePages_Free=0 HugePages_Rsvd=2
  r6  = HugePages_Free=-1 HugePages_Rsvd=2
  r7  = ok
  r8  = HugePages_Free=-3 HugePages_Rsvd=0
  r9  = 0
  r10 = HugePages_Free=-2 HugePages_Rsvd=0
  r11 = ok
  r12 = Size=2048 KernelPageSize=2048 MMUPageSize=2048
  r13 = ok
  r14 = -EINVAL
  r15 = HugePages_Free=-3 HugePages_Rsvd=0
  r16 = ok
  r17 = SIGBUS@0
  r18 = SIGBUS@0
