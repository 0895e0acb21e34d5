linuxmm-scenario 1
name:    prot-none-page
intent:  A page behind PROT_NONE stays resident and visible; move_pages of 6.1 no longer finds it.

machine:
  node0 512M

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x1
          P0: mprotect a none
   seen:  P0: pages a
   rss:   P0: smaps a Rss Anonymous
   nodes: P0: numa_maps a
   lock:  P0: mlock a
   query: P0: move_pages a

# facts/real-kernels.md, "PROT_NONE anon": P X; Rss 4, anon=1; -ENOENT; mlock -ENOMEM
expect *:
  seen  = ram:x
  rss   = Rss=4 Anonymous=4
  nodes = anon=1 N0=1 ...
  lock  = -ENOMEM
expect v6.1:
  query = -ENOENT

never: bad-page-map, bad-rss-counter, bug, warn
