linuxmm-scenario 1
name:    part-of-huge-page-reused
intent:  After its child is gone the parent writes to its huge page again: 6.18 knows that nobody
         else maps the large folio and reuses the part, 6.12 copies it.

machine:
  node0 512M
  thp madvise

steps:
        P0: a = mmap 512p
        P0: madvise a MADV_HUGEPAGE
        P0: write a[0] 0x11
        P0: P1 = fork
        P1: exit
        P0: madvise a[9] MADV_DONTNEED
        P0: write a[5] 0x22
  part: P0: kpageflags a[5]

# mm/memory.c:__wp_can_reuse_large_anon_folio; before, wp_can_reuse_anon_folio: no large folio
expect v6.18:
  part = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_TAIL,THP
