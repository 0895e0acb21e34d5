linuxmm-scenario 1
name:    map-populate-private-copy
intent:  map_populate main: MAP_POPULATE on a private mapping of a file copies the page at once:
         what another process writes to the file later does not show.

machine:
  node0 512M

steps:
          P0: f = file 1p
          P0: a = mmap f rw shared
          P0: write a 0xdeadbabe
    sync: P0: fsync f
          P0: P1 = fork
     map: P1: b = mmap f rw private populate
  before: P1: read b
          P0: write a 0x22222bad
   sync2: P0: fsync f
   after: P1: read b

expect v6.1:
  sync   = 0
  map    = ok
  before = 0xdeadbabe
  sync2  = 0
  after  = 0xdeadbabe

never: bad-page-map, bad-rss-counter, bug, warn
