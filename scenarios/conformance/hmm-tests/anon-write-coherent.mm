linuxmm-scenario 1
name:    hmm-tests-anon-write-coherent
intent:  hmm-tests anon_write: the device writes to memory that nobody touched before.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 8p rw private anon
  device: coherent0: write P0.a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
     own: P0: read a

expect v6.1:
  device = ok
  own    = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17

never: bad-page-map, bad-rss-counter, bug, warn
