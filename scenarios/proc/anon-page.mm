linuxmm-scenario 1
name:    anon-page
intent:  A written anonymous page as every file under /proc shows it.

machine:
  node0 512M
  node1 512M

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x1
   seen:  P0: pages a
   fresh: P0: kpageflags a
          drain
   lru:   P0: kpageflags a
   count: P0: kpagecount a
   rss:   P0: smaps a Rss Pss Anonymous
   nodes: P0: numa_maps a
   query: P0: move_pages a

# facts/real-kernels.md, "anon": P X; ANON MMAP SWAPBACKED UPTODATE, LRU once drained; 1;
# Rss 4, anon=1 N0=1; move 0
expect *:
  seen  = ram:x
  fresh = ANON,MMAP,SWAPBACKED,UPTODATE,...
  lru   = ANON,LRU,MMAP,SWAPBACKED,UPTODATE,...
  count = 1
  rss   = Rss=4 Pss=4 Anonymous=4
  nodes = anon=1 N0=1 ...
  query = node0

never: bad-page-map, bad-rss-counter, bug, warn
