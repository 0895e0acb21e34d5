linuxmm-scenario 1
name:    mlocked-in-private-memory
intent:  The same with memory that the CPU cannot reach: munlock walks present entries only, so the
         mark of a page that went to private memory inside a locked mapping stays for good.

machine:
  node0 512M
  private0 256M

# page_add_anon_rmap ends in mlock_vma_page for whatever page it maps (mm/rmap.c); munlock walks
# with mlock_pte_range, which passes non-present entries by (mm/mlock.c); and the free path of device
# pages clears no PG_mlocked (mm/memremap.c): facts/mlock.md.
steps:
          P0: a = mmap 1p
          P0: write a 0x11
          P0: mlock a
  there:  private0: migrate P0.a
          P0: munlock a
          drain
  left:   P0: meminfo Mlocked
          P0: munmap a
          drain
  ever:   P0: meminfo Mlocked

expect v6.1:
  left  = Mlocked=4
  ever  = Mlocked=4
