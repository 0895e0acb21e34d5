linuxmm-scenario 1
name:    hmm-tests-hmm-cow-in-device-coherent
intent:  hmm-tests hmm_cow_in_device: a parent that writes to its device pages after a fork gets
         copies in system memory.

machine:
  node0 512M
  coherent0 256M

steps:
         P0: a = mmap 4p rw private anon
         P0: write a 0x10 0x11 0x12 0x13
  moved: coherent0: migrate P0.a
         P0: P1 = fork
         P0: write a 0x20 0x21 0x22 0x23
         P1: exit
   shot: coherent0: snapshot P0.a

expect v6.1:
  moved = cpages=4 ...
  shot  = write*4

never: bad-page-map, bad-rss-counter, bug, warn
