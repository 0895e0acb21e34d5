linuxmm-scenario 1
name:    mlocked-in-device-memory
intent:  A page that migrates to device memory inside a locked mapping is marked mlocked, and
         munlock passes device pages by: the mark and Mlocked stay after the mapping is unlocked.

machine:
  node0 512M
  coherent0 256M

# page_add_anon_rmap ends in mlock_vma_page for whatever page it maps (mm/rmap.c); munlock walks
# with mlock_pte_range, which skips ZONE_DEVICE pages (mm/mlock.c); and the free path of device
# pages clears no PG_mlocked (mm/memremap.c): facts/mlock.md.
steps:
          P0: a = mmap 1p
          P0: write a 0x11
          P0: mlock a
  there:  coherent0: migrate P0.a
          P0: munlock a
          drain
  left:   P0: meminfo Mlocked
          P0: munmap a
          drain
  ever:   P0: meminfo Mlocked

expect v6.1:
  left  = Mlocked=4
  ever  = Mlocked=4
