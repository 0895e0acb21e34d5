linuxmm-scenario 1
name:    pool
intent:  Huge pages of the pool that are promised, in use by a parent, a child and a pin, and free again.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 3

steps:
      P0: a = mmap 1024p hugetlb
      P0: write a[0] 0x11
  r1: P0: h = pin a[1] FOLL_WRITE
  r2: P0: b = mmap 1024p hugetlb
      P0: P1 = fork
  r3: P1: write P1.a[0] 0x22
  r4: P0: munmap a[0:512]
  r5: P0: unpin h
  r6: P0: read a[512]

expect *:
  r1 = 1
  r2 = -ENOMEM
  r3 = ok
  r4 = 0
  r5 = ok
  r6 = 0x0

never: pool
