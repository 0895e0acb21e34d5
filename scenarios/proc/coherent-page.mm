linuxmm-scenario 1
name:    coherent-page
intent:  A page in coherent device memory counts in smaps like any anonymous page, but numa_maps
         and the files by frame number do not know it.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x1
          coherent0: migrate P0.a[0]
   seen:  P0: pages a
   flags: P0: kpageflags a[0]
   count: P0: kpagecount a[0]
   rss:   P0: smaps a Rss Pss Anonymous
   nodes: P0: numa_maps a
   query: P0: move_pages a
   move:  P0: move_pages a node0

# facts/real-kernels.md, "coherent": P X as anon; NOPAGE; 0; Rss and Anonymous counted;
# absent from numa_maps; -ENOENT both
expect *:
  seen  = dev:x ram:x
  flags = NOPAGE
  count = 0
  rss   = Rss=8 Pss=8 Anonymous=8
  nodes = anon=1 N0=1 ...
expect v6.1:
  query = -ENOENT node0
  move  = -ENOENT node0

never: bad-page-map, bad-rss-counter, bug
