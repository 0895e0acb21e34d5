linuxmm-scenario 1
name:    hmm-tests-migrate-mixed-coherent
intent:  hmm-tests migrate_mixed: a range without access or with a hole in it is refused; a zero
         page, a read-only and two writable pages go to the second device, from where the first one
         does not get them.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  coherent1 256M node1

steps:
         P0: a = mmap 6p none private anon
   none: coherent1: migrate P0.a
   hole: P0: munmap a[1]
    gap: coherent1: migrate P0.a[0:3]
         P0: mprotect a[2] r
   zero: P0: read a[2]
         P0: mprotect a[3] rw
         P0: write a[3] 0x3
         P0: mprotect a[3] r
         P0: mprotect a[4:6] rw
         P0: write a[4:6] 0x3
  mixed: coherent1: migrate P0.a[2:6]
  other: coherent0: migrate P0.a[5]

expect v6.1:
  none  = -EINVAL
  hole  = 0
  gap   = -EINVAL
  zero  = 0x0
  mixed = cpages=4 ...
  other = -ENOENT

never: bad-page-map, bad-rss-counter, bug, warn
