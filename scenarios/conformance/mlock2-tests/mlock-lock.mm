linuxmm-scenario 1
name:    mlock2-tests-mlock-lock
intent:  mlock2-tests test_mlock_lock: mlock2 without flags locks and faults everything in; munlock
         takes the flag away.

machine:
  node0 512M

steps:
          P0: a = mmap 2p rw private anon
    lock: P0: mlock2 a
  locked: P0: smaps a Size Rss VmFlags
  unlock: P0: munlock a
    free: P0: smaps a VmFlags

expect v6.1:
  lock   = 0
  locked = Size=8 Rss=8 VmFlags=lo,...
  unlock = 0

never: free = VmFlags=lo,...
never: bad-page-map, bad-rss-counter, bug, warn
