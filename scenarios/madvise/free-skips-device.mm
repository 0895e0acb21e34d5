linuxmm-scenario 1
name:    free-skips-device
intent:  A device page cannot be freed lazily; before the lookups were split MADV_FREE at least
         made its entry clean.

machine:
  node0 512M
  coherent0 256M

steps:
        P0: a = mmap 2p rw private anon
        P0: write a 0x5a
        coherent0: migrate P0.a[0]
        P0: write a[0] 0x66
  free: P0: madvise a MADV_FREE
  rss:  P0: smaps a
        drain
  data: P0: read a[0]
  here: P0: pages a

# facts/page-lookup.md, row MADV_FREE: v5.17 dirty and accessed cleared; the others untouched
expect *:
  free = 0
  data = 0x66
  here = dev:x ram:x
expect v5.17-coherent:
  rss = Private_Clean=8 Private_Dirty=0 ...
expect split-v1:
  rss = Private_Clean=4 Private_Dirty=4 ...
expect v6.1:
  rss = Private_Clean=4 Private_Dirty=4 ...
