linuxmm-scenario 1
name:    kept
intent:  The mark of a protected page goes along wherever the page goes: swap and back, another node,
         mprotect, a NUMA hint, soft-dirty; and after each a write still waits.

machine:
  node0 512M
  node1 512M
  swap 64M zram
  sysctl kernel.numa_balancing = 1

steps:
        P0: a = mmap 3p rw private anon
        P0: write a 0x11
        P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
        P0: uffdio_writeprotect a[0:2] UFFDIO_WRITEPROTECT_MODE_WP
        P0: madvise a MADV_PAGEOUT
  out:  P0: pagemap a
  in:   P0: write a[0] 0x22
  map:  P0: pagemap a
        P0: read a
  map1: P0: pagemap a
        P0: move_pages a node1
  w1:   P0: write a[0:2] 0x22
        P0: mprotect a r
        P0: mprotect a rw
  w2:   P0: write a[0] 0x22
  map2: P0: pagemap a
        P0: clear_refs 4
  w3:   P0: write a[1] 0x22
  map3: P0: pagemap a
        numa: scan P0.a
  w4:   P0: write a[1] 0x22
  r4:   P0: read a
  map4: P0: pagemap a
        P0: madvise a MADV_DONTNEED
  w7:   P0: write a 0x44
  map7: P0: pagemap a

expect v6.1:
  out = SDW*2 SD
  in = blocked
  w1 = blocked
  w2 = blocked
  w3 = blocked
  w4 = blocked
  w7 = ok
  map7 = PXD*3
