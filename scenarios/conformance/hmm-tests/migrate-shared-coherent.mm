linuxmm-scenario 1
name:    hmm-tests-migrate-shared-coherent
intent:  hmm-tests migrate_shared: untouched shared memory cannot go to the device.

machine:
  node0 512M
  coherent0 256M

steps:
         P0: a = mmap 8p rw shared anon
  moved: coherent0: migrate P0.a

expect v6.1:
  moved = -ENOENT

never: bad-page-map, bad-rss-counter, bug, warn
