linuxmm-scenario 1
name:    truncate-removed
intent:  MADV_REMOVE punches a hole through a shared mapping that may be made writable, and through no other.

machine:
  node0 512M
  devdax0 64M

steps:
        P0: a = mmap 4p rw shared anon
        P0: write a 0x1 0x2 0x3 0x4
  hole: P0: madvise a[1:3] MADV_REMOVE
  gone: P0: pages a
  zero: P0: read a
        P0: f = file 2p
        P0: b = mmap f rw shared
        P0: write b 0x5
        P0: c = mmap f rw private
        P0: write c[0] 0x6
  ext4: P0: madvise b MADV_REMOVE
  own:  P0: read c
  prv:  P0: madvise c MADV_REMOVE
        P0: mprotect b r
  ro:   P0: madvise b MADV_REMOVE
        P0: mlock a
  lck:  P0: madvise a MADV_REMOVE
        P0: n = mmap 1p rw private anon
  anon: P0: madvise n MADV_REMOVE
        P0: p = mmap 1p rw shared pfnmap
  drv:  P0: madvise p MADV_REMOVE
        P0: d = mmap 2p rw shared devdax0
  dax:  P0: madvise d MADV_REMOVE

# Debian 6.1 in the virtual machine
expect v6.1:
  hole = 0
  gone = ram:xf none*2 ram:xf
  zero = 0x1 0x0*2 0x4
  ext4 = 0
  own  = 0x6 0x0
  prv  = -EACCES
  ro   = 0
  lck  = -EINVAL
  anon = -EINVAL
  drv  = -ENODEV
  dax  = -ENODEV

expect v5.17-coherent:
  ro   = -EACCES

never: bad-page-map, bad-rss-counter, bug, warn
