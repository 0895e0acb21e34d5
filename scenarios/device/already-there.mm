linuxmm-scenario 1
name:    already-there
intent:  Migrating a range to the device again fails with -ENOENT although its other pages moved:
         the driver reads everything back through its mirror.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 4p rw private anon
          P0: write a 0x5
   first: coherent0: migrate P0.a[0:2]
   again: coherent0: migrate P0.a
   after: P0: pages a

# facts/real-kernels.md, pitfall 5
expect *:
  first = cpages=2 faults=0
  again = -ENOENT
  after = dev:x*4

never: bad-page-map, bad-rss-counter, bug, warn
