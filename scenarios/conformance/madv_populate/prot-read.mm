linuxmm-scenario 1
name:    madv-populate-prot-read
intent:  madv_populate test_prot_read: memory that may only be read can be populated for reading,
         not for writing.

machine:
  node0 512M

steps:
          P0: a = mmap 8p r private anon
   reads: P0: madvise a MADV_POPULATE_READ
  writes: P0: madvise a MADV_POPULATE_WRITE

expect v6.1:
  reads  = 0
  writes = -EINVAL

never: bad-page-map, bad-rss-counter, bug, warn
