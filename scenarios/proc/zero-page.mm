linuxmm-scenario 1
name:    zero-page
intent:  Reading untouched anonymous memory maps the zero page, which no file counts.

machine:
  node0 512M

steps:
          P0: a = mmap 2p rw private anon
          P0: read a
   seen:  P0: pages a
   flags: P0: kpageflags a
   count: P0: kpagecount a
   rss:   P0: smaps a Rss Anonymous Referenced
   nodes: P0: numa_maps a
   query: P0: move_pages a
   move:  P0: move_pages a node0

# facts/real-kernels.md, "zero page": P, no X; ZERO_PAGE RESERVED; 0; Rss 0, absent; -EFAULT both
expect *:
  seen  = ram ram@0
  flags = ZERO_PAGE,RESERVED*2
  count = 0*2
  rss   = Rss=0 Anonymous=0 Referenced=0
  query = -EFAULT*2
  move  = -EFAULT*2

never: bad-page-map, bad-rss-counter, bug, warn
