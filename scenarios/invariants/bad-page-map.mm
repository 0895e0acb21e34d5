linuxmm-scenario 1
name:    bad-page-map
intent:  A DAX page has a special entry with a struct page behind it: every reader and walker
         meets it, and no lookup may call it bad.

machine:
  node0 512M
  node1 512M
  dax0 64M

steps:
  P0: a = mmap 2p rw shared dax0
  P0: read a[0]
  P0: write a[1] 0x11
  P0: smaps a
  P0: pagemap a
  P0: numa_maps a
  P0: clear_refs 1
  P0: madvise a MADV_COLD
  P0: mprotect a r
  P0: munmap a

never: bad-page-map
