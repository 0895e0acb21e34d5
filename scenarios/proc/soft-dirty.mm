linuxmm-scenario 1
name:    soft-dirty
intent:  Writing 4 to clear_refs forgets who was written; the next write alone shows again.
requires: soft_dirty

machine:
  node0 512M

steps:
          P0: a = mmap 3p rw private anon
          P0: write a[0:2] 0x1
   fresh: P0: pagemap a
          P0: clear_refs 4
   clean: P0: pagemap a
          P0: write a[1] 0x2
   again: P0: pagemap a

# facts/proc.md: a new VMA is soft-dirty as a whole, holes too; clear_refs 4
expect *:
  fresh = PXD*2 D
  clean = PX*2 none
  again = PX PXD none

never: bad-page-map, bad-rss-counter, bug, warn
