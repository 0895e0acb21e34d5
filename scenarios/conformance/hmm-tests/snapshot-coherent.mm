linuxmm-scenario 1
name:    hmm-tests-snapshot-coherent
intent:  hmm-tests snapshot: what the first device sees: no access, a hole, a zero page, a read-only
         and a writable page, a page of its own, and one of the other device.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  coherent1 256M node1

steps:
         P0: a = mmap 7p none private anon
   hole: P0: munmap a[1]
         P0: mprotect a[2] r
   zero: P0: read a[2]
         P0: mprotect a[3] rw
         P0: write a[3] 0x3
         P0: mprotect a[3] r
         P0: mprotect a[4:7] rw
         P0: write a[4] 0x3
    own: coherent0: migrate P0.a[5]
  other: coherent1: migrate P0.a[6]
   shot: coherent0: snapshot P0.a

expect v6.1:
  hole  = 0
  zero  = 0x0
  own   = cpages=1 ...
  other = cpages=1 ...
  shot  = error*2 read,zero read write write,coherent-local write,coherent-remote

never: bad-page-map, bad-rss-counter, bug, warn
