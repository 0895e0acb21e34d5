linuxmm-scenario 1
name:    hugetlb-mirrored
intent:  A device reads and writes huge pages of the pool in place, faults them in, and never takes them alone.

machine:
  node0 512M
  coherent0 256M
  sysctl vm.nr_hugepages = 3

steps:
      P0: a = mmap 1024p hugetlb
      P0: write a[0] 0x11
  r1: coherent0: snapshot P0.a[0:2]
  r2: coherent0: snapshot P0.a[511:514]
  r3: coherent0: read P0.a[0:2]
  r4: P0: meminfo HugePages_Free HugePages_Rsvd
  r5: coherent0: read P0.a[512:514]
  r6: P0: meminfo HugePages_Free HugePages_Rsvd
  r7: coherent0: snapshot P0.a[511:514]
  r8: coherent0: write P0.a[513] 0x12
  r9: P0: read a[511:515]
  r10: P0: pages a[511:513]
      P0: P1 = fork
  r11: coherent0: snapshot P0.a[0]
  r12: coherent0: write P0.a[1] 0x13
  r13: P0: read a[0:3]
  r14: P1: read P1.a[0:3]
  r15: P0: meminfo HugePages_Free HugePages_Rsvd
  r16: P0: mprotect a r
  r17: coherent0: write P0.a[0] 0x14
  r18: P0: mprotect a none
  r19: coherent0: snapshot P0.a[0]
  r20: coherent0: read P0.a[0]

expect v6.1:
  r1  = write,pmd*2
  r2  = write,pmd none*2
  r3  = 0x11 0x0
  r4  = HugePages_Free=-1 HugePages_Rsvd=1
  r5  = 0x0*2
  r6  = HugePages_Free=-2 HugePages_Rsvd=0
  r7  = write,pmd read,pmd*2
  r8  = ok
  r9  = 0x0*2 0x12 0x0
  r10 = ram:x*2
  r11 = read,pmd
  r12 = ok
  r13 = 0x11 0x13 0x0
  r14 = 0x11 0x0*2
  r15 = HugePages_Free=-3 HugePages_Rsvd=0
  r16 = 0
  r17 = -EPERM
  r18 = 0
  r19 = error
  r20 = -EFAULT
