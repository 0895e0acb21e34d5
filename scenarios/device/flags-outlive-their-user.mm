linuxmm-scenario 1
name:    flags-outlive-their-user
intent:  A device page keeps the flags of whoever had it before: smaps calls a page dirty and
         referenced that its process could not even write.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x5
          drain
          coherent0: migrate P0.a
          P0: madvise a MADV_DONTNEED
          P0: b = mmap 1p r private anon
   move:  coherent0: migrate P0.b
          P0: clear_refs 1
   rss:   P0: smaps b Rss Private_Clean Private_Dirty
   data:  P0: read b

# mm/memremap.c:free_zone_device_page clears PG_anon_exclusive and the mapping; seen on 6.1.192
expect v6.1:
  move = cpages=1 faults=0
  rss  = Rss=4 Private_Clean=0 Private_Dirty=4
  data = 0x0

# zone_device_page_init of 6.19 and later clears them; seen on 7.1.5
expect v7.1:
  move = cpages=1 faults=0
  rss  = Rss=4 Private_Clean=4 Private_Dirty=0
  data = 0x0

never: bad-page-map, bad-rss-counter, bug, warn
