linuxmm-scenario 1
name:    mlock2-tests-mlock-onfault
intent:  mlock2-tests test_mlock_onfault: MLOCK_ONFAULT locks the area and faults nothing in: one
         written page is all there is.

machine:
  node0 512M

steps:
          P0: a = mmap 2p rw private anon
    lock: P0: mlock2 a MLOCK_ONFAULT
          P0: write a[0] 0x61
  locked: P0: smaps a Size Rss VmFlags
  unlock: P0: munlock a
   first: P0: smaps a[0] Size Rss VmFlags
  second: P0: smaps a[1] Size Rss VmFlags

expect v6.1:
  lock   = 0
  locked = Size=8 Rss={0|4} VmFlags=lo,...
  unlock = 0

never: first = Size=8 Rss={0|4} VmFlags=lo,...
never: second = Size=8 Rss={0|4} VmFlags=lo,...
never: bad-page-map, bad-rss-counter, bug, warn
