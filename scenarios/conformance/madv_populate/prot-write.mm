linuxmm-scenario 1
name:    madv-populate-prot-write
intent:  madv_populate test_prot_write: memory mapped with PROT_WRITE alone can be populated for
         writing, not for reading.

machine:
  node0 512M

steps:
          P0: a = mmap 8p w private anon
   reads: P0: madvise a MADV_POPULATE_READ
  writes: P0: madvise a MADV_POPULATE_WRITE

expect v6.1:
  reads  = -EINVAL
  writes = 0

never: bad-page-map, bad-rss-counter, bug, warn
