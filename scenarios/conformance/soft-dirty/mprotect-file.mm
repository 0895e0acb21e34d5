linuxmm-scenario 1
name:    soft-dirty-mprotect-file
intent:  soft-dirty test_mprotect_file: mprotect to read-only and back leaves a clean page clean,
         and the next write makes it dirty.
requires: soft_dirty

machine:
  node0 512M

steps:
             P0: f = file 1p
             P0: a = mmap f rw shared
             P0: write a 0x1
        new: P0: pagemap a
             P0: clear_refs 4
      clear: P0: pagemap a
             P0: mprotect a r
         ro: P0: pagemap a
             P0: mprotect a rw
         rw: P0: pagemap a
             P0: write a 0x2
  rewritten: P0: pagemap a

expect v6.1:
  new       = {D|PD|PXD|PFD|PFXD}
  clear     = {none|P|PX|PF|PFX}
  ro        = {none|P|PX|PF|PFX}
  rw        = {none|P|PX|PF|PFX}
  rewritten = {D|PD|PXD|PFD|PFXD}

never: bad-page-map, bad-rss-counter, bug, warn
