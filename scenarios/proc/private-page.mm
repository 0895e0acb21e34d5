linuxmm-scenario 1
name:    private-page
intent:  A page in private device memory reads as a swap entry and is still fully resident.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x1
          private0: migrate P0.a
   seen:  P0: pages a
   rss:   P0: smaps a Rss Pss Anonymous Swap
   nodes: P0: numa_maps a
   query: P0: move_pages a
          P0: P1 = fork
   forked: P0: pages a
   shares: P1: smaps a Rss Pss Anonymous Swap

# facts/real-kernels.md, "private": S X, not P; after fork no X; Rss, Pss, Anonymous counted
# in full, no numa_maps counts; move_pages -ENOENT
expect *:
  seen   = swap:x*2
  rss    = Rss=8 Pss=8 Anonymous=8 Swap=0
  query  = -ENOENT*2
  forked = swap*2
  shares = Rss=8 Pss=4 Anonymous=8 Swap=0

never: bad-page-map, bad-rss-counter, bug, warn
