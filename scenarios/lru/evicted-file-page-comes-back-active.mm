linuxmm-scenario 1
name:    evicted-file-page-comes-back-active
intent:  Reclaim leaves a mark where a file page was. A page that is read again a moment later was
         missed: it comes back active. One that write(2) overwrites as a whole was not.

machine:
  node0 512M

# mm/workingset.c: workingset_eviction, workingset_refault; mm/filemap.c: filemap_add_folio, which
# asks for no refault with __GFP_WRITE. Seen on 6.18.44, found by linuxmm gen --for host --seed 1226.
steps:
      P0: f = file 2p
      P0: a = mmap f rw shared
      P0: read a
      drain
  r1: P0: kpageflags a
      P0: madvise a MADV_PAGEOUT
      P0: read a
      drain
  r3: P0: kpageflags a
      P0: madvise a MADV_PAGEOUT
      P0: madvise a MADV_PAGEOUT
  r4: P0: pages a
      P0: pwrite f 0x7
      drain
      P0: read a
  r5: P0: kpageflags a

expect *:
  r1 = UPTODATE,LRU,MMAP*2
  r3 = UPTODATE,LRU,ACTIVE,MMAP*2
  r4 = none*2
  r5 = UPTODATE,DIRTY,LRU,MMAP,PRIVATE*2
