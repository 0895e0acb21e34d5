linuxmm-scenario 1
name:    ksm-pages
intent:  Two equal pages become one: both stay resident, the share of each shrinks.

machine:
  node0 512M
  ksm run = 1

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x77
          P0: madvise a MADV_MERGEABLE
          ksmd: full_scan 3
   seen:  P0: pages a
   flags: P0: kpageflags a
   count: P0: kpagecount a
   rss:   P0: smaps a Rss Pss Anonymous
   nodes: P0: numa_maps a
   query: P0: move_pages a

# facts/real-kernels.md, "KSM": P, no X; KSM; number of mappers; Rss stays, Pss shrinks; 0
expect *:
  seen  = ram ram@0
  flags = KSM,ANON,MMAP,...*2
  count = 2*2
  rss   = Rss=8 Pss=4 Anonymous=8
  nodes = anon=2 mapmax=2 N0=2 ...
  query = node0*2

never: bad-page-map, bad-rss-counter, bug, warn
