linuxmm-scenario 1
name:    mlock-fault-around-in-order
intent:  A page that is touched is mapped in its turn among its neighbours, so that the batch of
         15 is full before the last of 16.

machine:
  node0 512M

steps:
      P0: f = memfd_create 32p
      P0: pwrite f 0x11
      P0: a = mmap f rw shared
      P0: mlock a
  r1: P0: kpageflags a[0]
  r2: P0: kpageflags a[14]
  r3: P0: kpageflags a[15]
  r4: P0: kpageflags a[16:30]
  r5: P0: kpageflags a[30:32]

expect v6.1:
  r1 = REFERENCED,UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED,UNEVICTABLE,MLOCKED
  r2 = REFERENCED,UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED,UNEVICTABLE,MLOCKED
  r3 = UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED,UNEVICTABLE,MLOCKED
  r4 = REFERENCED,UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED,UNEVICTABLE,MLOCKED*14
  r5 = UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED,UNEVICTABLE,MLOCKED*2
