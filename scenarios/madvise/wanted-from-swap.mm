linuxmm-scenario 1
name:    wanted-from-swap
intent:  MADV_WILLNEED reads pages from swap into the swap cache; nobody maps them for that.

machine:
  node0 512M
  swap 64M zram

steps:
      P0: a = mmap 4p rw private anon
      P0: write a 0x1 0x2 0x3 0x4
      P0: madvise a MADV_PAGEOUT
  r1: P0: madvise a[1:3] MADV_WILLNEED
  r2: P0: mincore a
  r3: P0: smaps a Rss Swap
  r4: P0: read a

expect v6.1:
  r1 = 0
  r2 = 0 1 1 0
  r3 = Rss=0 Swap=16
  r4 = 0x1 0x2 0x3 0x4
