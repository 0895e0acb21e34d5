linuxmm-scenario 1
name:    write-bit-comes-back
intent:  mprotect to read-only and back: 6.1 makes a dirty exclusive page, also a coherent one,
         writable at once; before, the next write took a fault. Contents never change.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x5
          coherent0: migrate P0.a[0]
          P0: mprotect a r
          P0: mprotect a rw
          P0: write a 0x6
   data:  P0: read a
   where: P0: pages a

# facts/mprotect-and-numa.md: only 6.1 sets RW of a private mapping at once, coherent pages too
expect *:
  data  = 0x6*2
  where = dev:x ram:x

never: bad-page-map, bad-rss-counter, bug, warn
