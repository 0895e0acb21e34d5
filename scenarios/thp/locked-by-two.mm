linuxmm-scenario 1
name:    thp-locked-by-two
intent:  A part that one locked area gives up may munlock the huge page that another has locked.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: P1 = fork
      P0: mlock a
      P1: mlock P1.a
  r1: P0: meminfo Mlocked Unevictable
      P1: madvise P1.a[3] MADV_DONTNEED_LOCKED
  r2: P0: meminfo Mlocked Unevictable
  r3: P0: kpageflags a[0:2]
      P1: exit
  r4: P0: meminfo Mlocked Unevictable
      P0: munlock a
  r5: P0: meminfo Mlocked Unevictable

expect v6.1:
  r1 = Unevictable=4096 Mlocked=4096
  r2 = Unevictable=2048 Mlocked=2048
  r3 = REFERENCED,UPTODATE,LRU,MMAP,ANON,SWAPBACKED,UNEVICTABLE,MLOCKED,MAPPEDTODISK*2
  r4 = Unevictable=2048 Mlocked=2048
  r5 = Unevictable=0 Mlocked=0

expect v6.12:
  r1 = Unevictable=4096 Mlocked=4096
  r2 = Unevictable=2048 Mlocked=2048
  r3 = REFERENCED,UPTODATE,LRU,MMAP,ANON,SWAPBACKED,UNEVICTABLE,KSM,MLOCKED,MAPPEDTODISK*2
  r4 = Unevictable=2048 Mlocked=2048
  r5 = Unevictable=0 Mlocked=0
