linuxmm-scenario 1
name:    madv-populate-softdirty
intent:  madv_populate test_softdirty: populating for reading leaves no soft-dirty page, for writing
         it leaves nothing else.
requires: soft_dirty

machine:
  node0 512M

steps:
          P0: a = mmap 8p rw private anon
          P0: clear_refs 4
   clean: P0: pagemap a
   reads: P0: madvise a MADV_POPULATE_READ
   still: P0: pagemap a
  writes: P0: madvise a MADV_POPULATE_WRITE
   dirty: P0: pagemap a

expect v6.1:
  clean  = {none|P|PX}*8
  reads  = 0
  still  = {none|P|PX}*8
  writes = 0
  dirty  = {D|PD|PXD}*8

never: bad-page-map, bad-rss-counter, bug, warn
