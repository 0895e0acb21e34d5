linuxmm-scenario 1
name:    mlock2-tests-vma-management-mlockall
intent:  mlock2-tests test_mlockall(test_vma_management): the same where mlockall(MCL_ONFAULT)
         locked what is mapped later.

machine:
  node0 512M

steps:
    lock: P0: mlockall MCL_CURRENT MCL_ONFAULT MCL_FUTURE
          P0: a = mmap 3p rw private anon
   whole: P0: smaps a Size
  middle: P0: munlock a[1]
    left: P0: smaps a[0] Size
     own: P0: smaps a[1] Size
   right: P0: smaps a[2] Size
     all: P0: munlock a
     one: P0: smaps a[0] Size
     two: P0: smaps a[1] Size
   three: P0: smaps a[2] Size
     end: P0: munlockall

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
  end    = 0

never: bad-page-map, bad-rss-counter, bug, warn
