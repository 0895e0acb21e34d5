linuxmm-scenario 1
name:    hmm-tests-migrate-release-coherent
intent:  hmm-tests migrate_release: the device gives up its memory: the pages are back, contents and
         all.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 8p rw private anon
          P0: write a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
   moved: coherent0: migrate P0.a
  device: coherent0: read P0.a
     all: coherent0: release
    half: P0: read a[0:4]

expect v6.1:
  moved  = cpages=8 ...
  device = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
  all    = ok
  half   = 0x10 0x11 0x12 0x13

never: bad-page-map, bad-rss-counter, bug, warn
