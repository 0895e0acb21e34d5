linuxmm-scenario 1
name:    cold-skips-device
intent:  MADV_COLD ages the ordinary pages of a range; a device page has no age to lose, yet
         v5.17 takes its accessed bit away.

machine:
  node0 512M
  coherent0 256M

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x5a
        coherent0: migrate P0.a[0:2]
        P0: read a                    # accessed again: 5.17 migrates entries old
  cold: P0: madvise a MADV_COLD
  rss:  P0: smaps a
        drain
  here: P0: pages a

# facts/page-lookup.md, row "MADV_COLD, MADV_PAGEOUT": v5.17 clears the accessed bit
expect *:
  cold = 0
  here = dev:x*2 ram:x*2
expect v5.17-coherent:
  rss = Rss=16 Referenced=0 ...
expect split-v1:
  rss = Rss=16 Referenced=8 ...
expect v6.1:
  rss = Rss=16 Referenced=8 ...       # debian-6.1.json, coherent_madvise: Referenced 8

never: bad-page-map
