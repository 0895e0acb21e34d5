linuxmm-scenario 1
name:    pageout-without-swap
intent:  Without swap space an anonymous page cannot go; MADV_PAGEOUT says 0 all the same.

machine:
  node0 512M

steps:
        P0: a = mmap 2p rw private anon
        P0: write a 0x5a
  out:  P0: madvise a MADV_PAGEOUT
        drain
  here: P0: pages a
  what: P0: kpageflags a

# facts/lru-and-swap.md: anonymous, no swap: stays, activated
expect *:
  out  = 0
  here = ram:x*2
  what = ACTIVE,ANON,LRU,MMAP,...*2
