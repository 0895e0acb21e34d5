linuxmm-scenario 1
name:    madv-populate-populate-write
intent:  madv_populate test_populate_write: nothing is populated in the beginning, every page after
         MADV_POPULATE_WRITE.

machine:
  node0 512M

steps:
          P0: a = mmap 8p rw private anon
  before: P0: pagemap a
  advice: P0: madvise a MADV_POPULATE_WRITE
   after: P0: pagemap a

expect v6.1:
  before = {none|D}*8
  advice = 0
  after  = {P|PD|PX|PXD|S|SD}*8

never: bad-page-map, bad-rss-counter, bug, warn
