linuxmm-scenario 1
name:    hmm-tests-double-map-private
intent:  hmm-tests double_map: two devices read the same memory; once it is on the second one, the
         first still reads it.

machine:
  node0 512M
  private0 256M
  private1 256M

steps:
          P0: a = mmap 6p rw private anon
          P0: write a 0x10 0x11 0x12 0x13 0x14 0x15
    prot: P0: mprotect a r
   first: private0: read P0.a
  second: private1: read P0.a
   moved: private1: migrate P0.a
   third: private0: read P0.a

expect v6.1:
  prot   = 0
  first  = 0x10 0x11 0x12 0x13 0x14 0x15
  second = 0x10 0x11 0x12 0x13 0x14 0x15
  moved  = cpages=6 ...
  third  = 0x10 0x11 0x12 0x13 0x14 0x15

never: bad-page-map, bad-rss-counter, bug, warn
