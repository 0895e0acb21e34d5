linuxmm-scenario 1
name:    mremap-locked
intent:  A locked area stays locked where it goes, what it grows by is populated; what MREMAP_DONTUNMAP leaves is not locked.

steps:
        P0: a = mmap 4p rw private anon locked
        P0: b = mremap a 6p
  here: P0: status VmLck
  in:   P0: pages b
        P0: c = mremap b[0:2] 4p MREMAP_MAYMOVE
  more: P0: status VmLck
  all:  P0: pages c
  flag: P0: kpageflags c
        P0: d = mremap c[1:3] 2p MREMAP_MAYMOVE MREMAP_DONTUNMAP
  left: P0: status VmLck
  one:  P0: smaps c[1] Size Locked
  two:  P0: smaps c[3] Size Locked
        P0: write c[1] 0x7
  free: P0: smaps c[1] Rss Locked
        P0: munmap d
  less: P0: status VmLck

# Debian 6.1 in the virtual machine
expect v6.1:
  here = VmLck=24
  in   = ram:x*6
  more = VmLck=32
  all  = ram:x*4
  flag = REFERENCED,UPTODATE,LRU,MMAP,ANON,SWAPBACKED,UNEVICTABLE,MLOCKED,MAPPEDTODISK*4
  left = VmLck=32
  one  = Size=8 Locked=0
  two  = Size=4 Locked=4
  free = Rss=4 Locked=0
  less = VmLck=24

never: bad-page-map, bad-rss-counter, bug, warn
