linuxmm-scenario 1
name:    swapped-in-page
intent:  In 6.12 a page that comes back from swap into a locked area is not mlocked, and can be paged
         out again.

machine:
  node0 512M
  swap 64M zram

# mm/memory.c:do_swap_page maps a page that is not anonymous yet by folio_add_new_anon_rmap, which
# leaves mlock to who adds the page to the LRU by its area (folio_add_lru_vma); it was added by
# folio_add_lru before.  6.1 maps it by page_add_anon_rmap, which mlocks.
steps:
         P0: a = mmap 2p rw private anon
         P0: write a 0x1
         drain
         P0: madvise a MADV_PAGEOUT
         P0: mlock a
         drain
  flags: P0: kpageflags a
  area:  P0: status VmLck

expect v6.1:
  flags = REFERENCED,UPTODATE,LRU,MMAP,ANON,SWAPBACKED,UNEVICTABLE,MLOCKED,MAPPEDTODISK*2
  area  = VmLck=8
expect v6.12:
  flags = REFERENCED,UPTODATE,LRU,ACTIVE,MMAP,ANON,SWAPBACKED,KSM,MAPPEDTODISK*2
  area  = VmLck=8

never: bad-page-map, bug, warn
