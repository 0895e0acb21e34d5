linuxmm-scenario 1
name:    zero-page
intent:  Reads of untouched memory map the one zero page, which counts nowhere; a write, a lock
         or MADV_POPULATE_WRITE puts a page of its own there.

machine:
  node0 512M

steps:
  P0: a = mmap 4p rw private anon
  P0: read a
  P0: pages a
  P0: smaps a
  P0: numa_maps a
  P0: kpageflags a
  P0: move_pages a
  P0: write a[0] 0x1
  P0: madvise a[1] MADV_POPULATE_WRITE
  P0: mlock a[2]
  P0: P1 = fork
  P1: read a
  P1: write a[3] 0x3
  P0: pages a
  P1: pages a

never: bad-page-map, bad-rss-counter, bug, warn
