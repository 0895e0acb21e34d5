linuxmm-scenario 1
name:    soft-dirty-pinned
intent:  A page that a device may write through a pin stays soft-dirty and writable, in RAM and in
         coherent device memory alike.
requires: soft_dirty

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 3p rw private anon
          P0: write a 0x1
          coherent0: migrate P0.a[0]
          P0: h = pin a[0:2] FOLL_WRITE
          P0: clear_refs 4
   seen:  P0: pagemap a
          P0: unpin h
          P0: clear_refs 4
   later: P0: pagemap a

# facts/proc.md: pte_is_pinned leaves the entry completely alone, short-term pins count
expect *:
  seen  = PXD*2 PX
  later = PX*3

never: bad-page-map, bad-rss-counter, bug, warn
