linuxmm-scenario 1
name:    hugetlb-protected
intent:  mprotect works on whole huge pages; a private one is writable again by the next write, a shared one at once.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 6

steps:
      P0: a = mmap 1024p hugetlb
      P0: b = mmap 1024p shared hugetlb
      P0: write a[0] 0x11
      P0: write b[0] 0x12
  r1: P0: mprotect a[0:100] r
  r2: P0: mprotect a[100:512] r
  r3: P0: mprotect a[0:512] r
  r4: P0: smaps a[0] Size VmFlags
  r5: P0: smaps a[512] Size
  r6: P0: write a[512] 0x13
  r7: P0: mprotect a none
  r8: P0: smaps a[0] Private_Hugetlb Size
  r9: P0: pagemap a[0:2]
  r10: P0: numa_maps a[0]
  r11: P0: mprotect a rw
  r12: P0: write a[0] 0x14
  r13: P0: read a[0:2]
  r14: P0: mprotect b r
  r15: P0: mprotect b rw
  r16: P0: write b[1] 0x15
  r17: P0: read b[0:3]
  r18: P0: numa_maps b
  r19: P0: clear_refs 4
  r20: P0: pagemap a[0:2]
  r21: P0: write a[1] 0x16
  r22: P0: pagemap a[0:2]
  r23: P0: clear_refs 1
  r24: P0: smaps b Private_Hugetlb Referenced
  r25: P0: munmap a[0:100]
  r26: P0: munmap a[512:700]
  r27: P0: mprotect b none
  r28: P0: read b[0]

expect v6.1:
  r1  = -EINVAL
  r2  = -EINVAL
  r3  = 0
  r4  = Size=2048 VmFlags=rd,mr,mw,me,de,ht,sd
  r5  = Size=2048
  r6  = ok
  r7  = 0
  r8  = Size=2048 Private_Hugetlb=2048
  r9  = PXD*2
  r10 = anon=1 dirty=1 N0=1
  r11 = 0
  r12 = ok
  r13 = 0x14 0x0
  r14 = 0
  r15 = 0
  r16 = ok
  r17 = 0x12 0x15 0x0
  r18 = dirty=1 N0=1
  r19 = 0
  r20 = PX*2
  r21 = ok
  r22 = PX*2
  r23 = 0
  r24 = Referenced=0 Private_Hugetlb=2048
  r25 = -EINVAL
  r26 = -EINVAL
  r27 = 0
  r28 = SIGSEGV@0
