linuxmm-scenario 1
name:    shmem-page
intent:  Shared anonymous memory is file memory for pagemap, and swap-backed.

machine:
  node0 512M

steps:
          P0: a = mmap 1p rw shared anon
          P0: write a 0x1
          drain
   seen:  P0: pages a
   flags: P0: kpageflags a
   count: P0: kpagecount a
   rss:   P0: smaps a Rss Pss Anonymous Private_Dirty
   nodes: P0: numa_maps a
   query: P0: move_pages a

# facts/real-kernels.md, "shmem, memfd": P F X; DIRTY MMAP SWAPBACKED; 1; Rss 4, dirty=1; 0
expect *:
  seen  = ram:xf
  flags = DIRTY,MMAP,SWAPBACKED,...
  count = 1
  rss   = Rss=4 Pss=4 Anonymous=0 Private_Dirty=4
  nodes = dirty=1 N0=1 ...
  query = node0

never: bad-page-map, bad-rss-counter, bug, warn
