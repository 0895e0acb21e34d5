linuxmm-scenario 1
name:    truncate-held
intent:  A page that is held outlives its place in the file; what is written to it nobody sees.

machine:
  node0 512M

steps:
        P0: s = memfd_create 2p
        P0: a = mmap s rw shared
        P0: write a 0x1
        P0: h = pin a FOLL_WRITE
        P0: ftruncate s 1p
        P0: ftruncate s 2p
        P0: write h 0x7
  see:  P0: read a
        P0: unpin h
        P0: mlock a
        P0: ftruncate s 1p
  lck:  P0: smaps a Rss Locked
  cnt:  P0: meminfo Mlocked

# Debian 6.1 in the virtual machine
expect v6.1:
  see = 0x7 0x0
  lck = Rss=4 Locked=4
  cnt = Mlocked=4

never: bad-page-map, bad-rss-counter, bug, warn
