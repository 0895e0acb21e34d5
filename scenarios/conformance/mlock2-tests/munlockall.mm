linuxmm-scenario 1
name:    mlock2-tests-munlockall
intent:  mlock2-tests test_munlockall: mlockall now, on fault and for the future, each undone by
         munlockall.

machine:
  node0 512M

steps:
           P0: a = mmap 2p rw private anon
     lock: P0: mlockall MCL_CURRENT
   locked: P0: smaps a Size Rss VmFlags
   unlock: P0: munlockall
     free: P0: smaps a VmFlags
           P0: munmap a
           P0: b = mmap 2p rw private anon
  onfault: P0: mlockall MCL_CURRENT MCL_ONFAULT
           P0: write b[0] 0x61
    waits: P0: smaps b Size Rss VmFlags
  unlock2: P0: munlockall
    free2: P0: smaps b[0] Size Rss VmFlags
    free3: P0: smaps b[1] Size Rss VmFlags
   future: P0: mlockall MCL_CURRENT MCL_FUTURE
  locked2: P0: smaps b Size Rss VmFlags
  unlock3: P0: munlockall
    free4: P0: smaps b VmFlags

expect v6.1:
  lock    = 0
  locked  = Size=8 Rss=8 VmFlags=lo,...
  unlock  = 0
  onfault = 0
  waits   = Size=8 Rss={0|4} VmFlags=lo,...
  unlock2 = 0
  future  = 0
  locked2 = Size=8 Rss=8 VmFlags=lo,...
  unlock3 = 0

never: free = VmFlags=lo,...
never: free2 = Size=8 Rss={0|4} VmFlags=lo,...
never: free3 = Size=8 Rss={0|4} VmFlags=lo,...
never: free4 = VmFlags=lo,...
never: bad-page-map, bad-rss-counter, bug, warn
