linuxmm-scenario 1
name:    soft-dirty-simple
intent:  soft-dirty test_simple: after clear_refs the page is clean, after a write dirty, as often
         as one tries (the selftest: 10000 times).
requires: soft_dirty

machine:
  node0 512M

steps:
          P0: a = mmap 1p rw private anon
          P0: clear_refs 4
  clean0: P0: pagemap a
          P0: clear_refs 4
          P0: write a 0x1
  dirty0: P0: pagemap a
          P0: clear_refs 4
  clean1: P0: pagemap a
          P0: clear_refs 4
          P0: write a 0x2
  dirty1: P0: pagemap a
          P0: clear_refs 4
  clean2: P0: pagemap a
          P0: clear_refs 4
          P0: write a 0x3
  dirty2: P0: pagemap a
          P0: clear_refs 4
  clean3: P0: pagemap a
          P0: clear_refs 4
          P0: write a 0x4
  dirty3: P0: pagemap a
          P0: clear_refs 4

expect v6.1:
  clean0 = {none|P|PX}
  dirty0 = {D|PD|PXD}
  clean1 = {none|P|PX}
  dirty1 = {D|PD|PXD}
  clean2 = {none|P|PX}
  dirty2 = {D|PD|PXD}
  clean3 = {none|P|PX}
  dirty3 = {D|PD|PXD}

never: bad-page-map, bad-rss-counter, bug, warn
