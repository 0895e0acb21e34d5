linuxmm-scenario 1
name:    mlock2-tests-vma-management
intent:  mlock2-tests test_vma_management(true): unlocking the page in the middle splits the area in
         three, unlocking all makes it one again.

machine:
  node0 512M

steps:
          P0: a = mmap 3p rw private anon
    lock: P0: mlock2 a MLOCK_ONFAULT
   whole: P0: smaps a Size
  middle: P0: munlock a[1]
    left: P0: smaps a[0] Size
     own: P0: smaps a[1] Size
   right: P0: smaps a[2] Size
     all: P0: munlock a
     one: P0: smaps a[0] Size
     two: P0: smaps a[1] Size
   three: P0: smaps a[2] Size

expect v6.1:
  lock   = 0
  whole  = Size=12
  middle = 0
  left   = Size=4
  own    = Size=4
  right  = Size=4
  all    = 0
  one    = Size=12
  two    = Size=12
  three  = Size=12

never: bad-page-map, bad-rss-counter, bug, warn
