linuxmm-scenario 1
name:    moved-in-part
intent:  A huge page that is mapped in part and moves to another node is forgotten by the queue of
         deferred splits: what is unused of it never comes back, however short memory is.

machine:
  node0 512M
  node1 512M
  thp always

# free_transhuge_page takes the old page off the queue, and nothing puts the new one on it
# (mm/migrate.c:migrate_folio_unmap, mm/huge_memory.c).  Later kernels split such a page instead
# of moving it.  Played on Debian's 6.1.
steps:
           P0: a = mmap 512p
           P0: write a 0x11
           P0: madvise a[8:512] MADV_DONTNEED
  queued:  P0: vmstat thp_deferred_split_page
  moved:   P0: move_pages a[0] node1
           P0: drop_caches 2
  split:   P0: vmstat thp_deferred_split_page thp_split_page
  there:   P0: numa_maps a
  whole:   P0: kpageflags a[0:2]
  # the next part that goes queues it again
           P0: madvise a[7] MADV_DONTNEED
           P0: drop_caches 2
  at-last: P0: vmstat thp_deferred_split_page thp_split_page

expect v6.1:
  queued  = thp_deferred_split_page=1
  moved   = node1
  split   = thp_split_page=0 thp_deferred_split_page=1
  there   = anon=8 dirty=8 active=0 N1=8
  whole   = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK
  at-last = thp_split_page=1 thp_deferred_split_page=2
