linuxmm-scenario 1
name:    mixedmap-pages
intent:  Pages that a driver put into its mapping are counted, and lie on no LRU list.

machine:
  node0 512M

steps:
          P0: a = mmap 1p rw shared mixedmap pages
          P0: read a
          drain
   seen:  P0: pages a
   flags: P0: kpageflags a
   count: P0: kpagecount a
   words: P0: smaps a VmFlags
   rss:   P0: smaps a Rss Anonymous
   nodes: P0: numa_maps a

# facts/real-kernels.md, "pages in MIXEDMAP": P F X; MMAP, no LRU; 1; VmFlags mm, Rss 4, mapped=1
expect *:
  seen  = ram:xf
  flags = MMAP,...
  count = 1
  words = VmFlags=mm,...
  rss   = Rss=4 Anonymous=0
  nodes = mapped=1 N0=1 ...

never: bad-page-map, bad-rss-counter, bug, warn
