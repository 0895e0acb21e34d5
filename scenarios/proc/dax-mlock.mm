linuxmm-scenario 1
name:    dax-mlock
intent:  mlock of a DAX mapping succeeds and locks nothing that smaps could show.

machine:
  node0 512M
  dax0 64M

steps:
          P0: a = mmap 2p shared dax0
          P0: write a 0x1
   lock:  P0: mlock a
   rss:   P0: smaps a Rss Locked

# facts/mlock.md: mlock on FS_DAX returns 0 and Locked stays 0
expect *:
  lock  = 0
  rss   = Rss=0 Locked=0

never: bad-rss-counter, bug, warn
