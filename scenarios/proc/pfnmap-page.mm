linuxmm-scenario 1
name:    pfnmap-page
intent:  A mapping without struct pages is mapped, and pagemap does not say so.

machine:
  node0 512M

steps:
          P0: a = mmap 2p rw shared pfnmap pfns
          P0: read a
   seen:  P0: pages a
   words: P0: smaps a VmFlags
   rss:   P0: smaps a Rss Pss
   query: P0: move_pages a
   move:  P0: move_pages a node0

# facts/real-kernels.md, "PFNMAP": pagemap 0 though mapped; VmFlags pf io, Rss 0; 6.1
# -EFAULT both
expect *:
  seen  = none*2
  words = VmFlags=pf,io,...
  rss   = Rss=0 Pss=0
expect v6.1:
  query = -EFAULT*2
  move  = -EFAULT*2

never: bad-page-map, bad-rss-counter, bug, warn
