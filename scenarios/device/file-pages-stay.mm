linuxmm-scenario 1
name:    file-pages-stay
intent:  Pages of a file or of shared memory never become device pages.

machine:
  node0 512M
  coherent0 256M
  private0 256M

steps:
          P0: a = mmap 1p rw shared anon
          P0: write a 0x9
   coh:   coherent0: migrate P0.a
   priv:  private0: migrate P0.a
   where: P0: pages a
   data:  P0: read a

# facts/device-migration.md: a page of a file never goes to private or coherent memory
expect *:
  coh   = -ENOENT
  priv  = -ENOENT
  where = ram:xf
  data  = 0x9

never: bad-page-map, bad-rss-counter, bug, warn
