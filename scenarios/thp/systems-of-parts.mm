linuxmm-scenario 1
name:    thp-systems-of-parts
intent:  What else asks for the parts of a huge page that are mapped by PTEs.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  thp always
  sysctl kernel.numa_balancing = 1

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: mprotect a[0:8] r
      P0: mprotect a[0:8] rw
      P0: h = get a[3]
      P0: put h
      P0: k = pin a[3] FOLL_WRITE
      P0: unpin k
      P0: l = pin a[4] FOLL_LONGTERM FOLL_WRITE
      P0: unpin l
      P0: mlock a[2:4]
      P0: munlock a[2:4]
      P0: clear_refs 1
  r1: P0: move_pages a[0:2]
  r2: P0: numa_maps a
  r3: coherent0: snapshot P0.a[0:2]
  r4: P0: kpagecount a[0:2]
      P0: madvise a MADV_UNMERGEABLE
      P0: P1 = fork
      numa: scan P0
      coherent0: migrate P0.a[5:7]

expect v6.1:
  r1 = node0*2
  r2 = anon=512 dirty=512 N0=512
  r3 = read*2
  r4 = 1*2
