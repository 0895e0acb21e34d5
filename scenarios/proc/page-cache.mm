linuxmm-scenario 1
name:    page-cache
intent:  A page of a file that was only read: file memory, never swap-backed, clean.

machine:
  node0 512M

steps:
          P0: f = file 1p
          P0: a = mmap f r shared
          P0: read a
          drain
   seen:  P0: pages a
   flags: P0: kpageflags a
   count: P0: kpagecount a
   rss:   P0: smaps a Rss Anonymous Private_Clean
   nodes: P0: numa_maps a
   query: P0: move_pages a

# facts/real-kernels.md, "page cache": P F, X if one mapper; LRU MMAP; Rss 4, mapped=1; 0
expect *:
  seen  = ram:xf
  flags = LRU,MMAP,UPTODATE,...
  count = 1
  rss   = Rss=4 Anonymous=0 Private_Clean=4
  nodes = mapped=1 N0=1 ...
  query = node0

never: bad-page-map, bad-rss-counter, bug, warn
