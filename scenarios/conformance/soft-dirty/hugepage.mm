linuxmm-scenario 1
name:    soft-dirty-hugepage
intent:  soft-dirty test_hugepage: a leaf is soft-dirty as a page is: clean after clear_refs,
         dirty after the next write.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 512p
         P0: madvise a MADV_HUGEPAGE
         P0: write a 0x1
  whole: P0: smaps a AnonHugePages
         P0: clear_refs 4
  clean: P0: pagemap a[0]
         P0: write a[0] 0x2
  dirty: P0: pagemap a[0]
         P0: clear_refs 4
  again: P0: pagemap a[0]

expect v6.1:
  whole = AnonHugePages=2048
  clean = {none|P|PX}
  dirty = {D|PD|PXD}
  again = {none|P|PX}

never: bad-page-map, bad-rss-counter, bug, warn
