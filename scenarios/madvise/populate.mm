linuxmm-scenario 1
name:    populate
intent:  MADV_POPULATE_READ maps the zero page, MADV_POPULATE_WRITE real ones.

machine:
  node0 512M

steps:
         P0: a = mmap 2p rw private anon
  zero:  P0: madvise a[0] MADV_POPULATE_READ
  own:   P0: madvise a[1] MADV_POPULATE_WRITE
  rss:   P0: smaps a
         P0: b = mmap 1p r private anon
  no:    P0: madvise b MADV_POPULATE_WRITE

# facts/madvise.md, POPULATE_READ and _WRITE: permission -EINVAL
expect *:
  zero = 0
  own  = 0
  rss  = Rss=4 Anonymous=4 ...
  no   = -EINVAL
