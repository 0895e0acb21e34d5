linuxmm-scenario 1
name:    hugetlb-dirty-flag
intent:  A huge page that comes back from the pool is still marked dirty from its last use.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 2

steps:
      P0: a = mmap 512p hugetlb
      P0: read a[0]
  r1: P0: numa_maps a
  r2: P0: kpageflags a[0:2]
      P0: write a[1] 0x11
  r3: P0: kpageflags a[0:2]
      P0: munmap a
      P0: b = mmap 512p hugetlb
  r4: P0: read b[0:3]
  r5: P0: numa_maps b
  r6: P0: kpageflags b[0:2]
      P0: c = mmap 512p shared hugetlb
  r7: P0: read c[0:3]
  r8: P0: kpageflags c[0:2]
      P0: munmap c
      P0: d = mmap 512p hugetlb
  r9: P0: read d[0]
  r10: P0: kpageflags d[0:2]

expect v6.1:
  r1  = anon=1 N0=1
  r2  = UPTODATE,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,HUGE
  r3  = UPTODATE,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,HUGE
  r4  = 0x0*3
  r5  = anon=1 dirty=1 N0=1
  r6  = UPTODATE,DIRTY,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,HUGE
  r7  = 0x0*3
  r8  = UPTODATE,DIRTY,MMAP,COMPOUND_HEAD,HUGE MMAP,COMPOUND_TAIL,HUGE
  r9  = 0x0
  r10 = UPTODATE,MMAP,ANON,COMPOUND_HEAD,HUGE,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,HUGE
