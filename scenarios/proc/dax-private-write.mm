linuxmm-scenario 1
name:    dax-private-write
intent:  Writing a private DAX mapping copies the page to RAM: an anonymous page like any other.

machine:
  node0 512M
  dax0 64M

steps:
          P0: f = file 2p dax0
          P0: a = mmap f rw private
          P0: read a
          P0: write a[0] 0x1
   seen:  P0: pages a[0]
   flags: P0: kpageflags a[0]
   rss:   P0: smaps a Rss Anonymous

# facts/real-kernels.md, "FS_DAX, private, written": P X; as anon; Anonymous 4
expect *:
  seen  = ram:x
  flags = ANON,MMAP,SWAPBACKED,...
  rss   = Rss=4 Anonymous=4

never: bad-rss-counter, bug, warn
