linuxmm-scenario 1
name:    device-page
intent:  Locking a range in device memory succeeds and changes nothing about the page; v5.17
         marks it mlocked although no LRU list could ever hold it.

machine:
  node0 512M
  coherent0 256M

steps:
        P0: a = mmap 2p rw private anon
        P0: write a 0x5a
        coherent0: migrate P0.a[0]
  lock: P0: mlock a
        drain
  more: P0: meminfo Mlocked Unevictable
  free: P0: munlock a
        drain
  less: P0: meminfo Mlocked Unevictable

# facts/page-lookup.md, row mlock; facts/mlock.md: Mlocked counts device pages, Unevictable never
expect *:
  lock = 0
  free = 0
  less = Mlocked=0 Unevictable=0
expect v5.17-coherent:
  more = Mlocked=8 Unevictable=4
expect split-v1:
  more = Mlocked=4 Unevictable=4
expect v6.1:
  more = Mlocked=4 Unevictable=4

never: mlock
