linuxmm-scenario 1
name:    coherent-pages-stay
intent:  A page in device memory has no LRU state, so move_pages(2) must not move it.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  sysctl kernel.numa_balancing = 0

steps:
      P0: a = mmap 8p rw private anon
      P0: write a 0x5a
      coherent0: migrate P0.a[0:4]
  r1: P0: move_pages a
  r2: P0: move_pages a node1
  r3: P0: numa_maps a

expect v6.1:
  r1 = -ENOENT*4 node0*4
  r2 = -ENOENT*4 node1*4
  r3 = anon=4 N1=4 ...            # "..." = and possibly more; without it, exact
expect split-v1:
  r1 = node0*8
  r2 = -EFAULT*4 node1*4

never: bad-page-map
