linuxmm-scenario 1
name:    hmm-tests-migrate-coherent
intent:  hmm-tests migrate: eight pages go to the device, and what they hold goes along.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 8p rw private anon
          P0: write a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
   moved: coherent0: migrate P0.a
  device: coherent0: read P0.a
     own: P0: read a

expect v6.1:
  moved  = cpages=8 ...
  device = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
  own    = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17

never: bad-page-map, bad-rss-counter, bug, warn
