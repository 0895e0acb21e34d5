linuxmm-scenario 1
name:    munmap-in-between
intent:  munmap takes migration entries away; finalize then frees both the source and the target.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x6
   begin: coherent0: setup P0.a
   copy:  coherent0: pages
          P0: munmap a
          coherent0: finalize
          drain

# facts/faults.md: a migration entry costs one rss and no reference
expect *:
  begin = cpages=2
  copy  = migrated=2

never: bad-page-map, bad-rss-counter, bug, warn, refcount, rss, device-return
