linuxmm-scenario 1
name:    hmm-tests-migrate-multiple-coherent
intent:  hmm-tests migrate_multiple: to the device and back, again and again, each time over two of
         the driver's batches of 64 pages.

machine:
  node0 512M
  coherent0 256M

steps:
         P0: a0 = mmap 70p rw private anon
         P0: write a0 0x1*64 0x11*6
    to0: coherent0: migrate P0.a0
  back0: coherent0: migrate_to_sys P0.a0
   own0: P0: read a0
         P0: munmap a0
         P0: a1 = mmap 70p rw private anon
         P0: write a1 0x2*64 0x12*6
    to1: coherent0: migrate P0.a1
  back1: coherent0: migrate_to_sys P0.a1
   own1: P0: read a1
         P0: munmap a1
         P0: a2 = mmap 70p rw private anon
         P0: write a2 0x3*64 0x13*6
    to2: coherent0: migrate P0.a2
  back2: coherent0: migrate_to_sys P0.a2
   own2: P0: read a2
         P0: munmap a2

expect v6.1:
  to0   = cpages=70 ...
  back0 = cpages=70 ...
  own0  = 0x1*64 0x11*6
  to1   = cpages=70 ...
  back1 = cpages=70 ...
  own1  = 0x2*64 0x12*6
  to2   = cpages=70 ...
  back2 = cpages=70 ...
  own2  = 0x3*64 0x13*6

never: bad-page-map, bad-rss-counter, bug, warn
