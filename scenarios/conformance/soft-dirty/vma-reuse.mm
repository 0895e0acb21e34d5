linuxmm-scenario 1
name:    soft-dirty-vma-reuse
intent:  soft-dirty test_vma_reuse: a new area is soft-dirty, also where one was before that had
         been cleared.
requires: soft_dirty

machine:
  node0 512M

steps:
         P0: a = mmap 1p rw private anon
  first: P0: pagemap a
         P0: clear_refs 4
         P0: munmap a
         P0: b = mmap 1p rw private anon
  again: P0: pagemap b

expect v6.1:
  first = {D|PD|PXD}
  again = {D|PD|PXD}

never: bad-page-map, bad-rss-counter, bug, warn
