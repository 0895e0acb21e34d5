linuxmm-scenario 1
name:    mlock2-tests-lock-onfault-of-present
intent:  mlock2-tests test_lock_onfault_of_present: MLOCK_ONFAULT over a page that is there and one
         that is not.

machine:
  node0 512M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a[0] 0x61
    lock: P0: mlock2 a MLOCK_ONFAULT
   first: P0: smaps a[0] Size Rss VmFlags
  second: P0: smaps a[1] Size Rss VmFlags

expect v6.1:
  lock   = 0
  first  = Size=8 Rss={0|4} VmFlags=lo,...
  second = Size=8 Rss={0|4} VmFlags=lo,...

never: bad-page-map, bad-rss-counter, bug, warn
