linuxmm-scenario 1
name:    thp-moved-by-parts
intent:  A huge page that entries map moves whole, or is split first when it is known to be mapped in part.

machine:
  node0 512M
  node1 512M
  thp always

steps:
       P0: a = mmap 512p
       P0: write a 0x11
       P0: mprotect a[9] r
  r1:  P0: vmstat thp_deferred_split_page thp_split_page
  r2:  P0: move_pages a[3:6] node1
  r3:  P0: vmstat thp_deferred_split_page thp_split_page thp_migration_success thp_migration_fail thp_migration_split pgmigrate_success pgmigrate_fail
  r4:  P0: numa_maps a
  r5:  P0: kpageflags a[0:2]
  r6:  P0: move_pages a[3:6] node0
  r7:  P0: vmstat thp_deferred_split_page thp_split_page thp_migration_success thp_migration_fail thp_migration_split pgmigrate_success pgmigrate_fail nr_isolated_anon
  r8:  P0: numa_maps a
  r9:  P0: kpageflags a[0:2]
  # and gives way to the zero page where it holds nothing
       P0: b = mmap 512p
       P0: write b[0:100] 0x21
       P0: mprotect b[9] r
  r10: P0: move_pages b[3] node1
  r11: P0: move_pages b[3:5] node0
  r12: P0: vmstat thp_deferred_split_page thp_split_page thp_migration_success thp_migration_fail thp_migration_split pgmigrate_success pgmigrate_fail
  r13: P0: smaps b Rss Anonymous AnonHugePages
  r14: P0: numa_maps b
  # held: nobody can split it, nobody can move it
       P0: c = mmap 512p
       P0: write c 0x31
       P0: madvise c[50:60] MADV_DONTNEED
       P0: h = get c[5]
  r15: P0: move_pages c[3] node1
  r16: P0: vmstat thp_split_page_failed thp_migration_success thp_migration_fail thp_migration_split pgmigrate_fail nr_isolated_anon
       P0: put h
       P0: d = mmap 512p
       P0: write d 0x41
       P0: mprotect d[9] r
       P0: j = get d[5]
  r17: P0: move_pages d[3] node1
  r18: P0: vmstat thp_deferred_split_page thp_split_page_failed thp_migration_success thp_migration_fail
       P0: put j
       P0: l = pin d[5] FOLL_WRITE
  r19: P0: move_pages d[3] node1
  r20: P0: vmstat thp_deferred_split_page thp_split_page_failed thp_migration_success thp_migration_fail
       P0: unpin l
  r21: P0: move_pages d[3] node1
  r22: P0: vmstat thp_deferred_split_page thp_split_page thp_migration_success thp_migration_fail

expect v6.1:
  r1  = thp_split_page=0 thp_deferred_split_page=0
  r2  = node1 -EBUSY node1
  r3  = pgmigrate_success=512 pgmigrate_fail=0 thp_split_page=0 thp_deferred_split_page=1 thp_migration_success=1 thp_migration_fail=0 thp_migration_split=0
  r4  = anon=9 dirty=9 active=0 N1=9
  r5  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK
  r6  = node0 -EBUSY node0
  r7  = nr_isolated_anon=0 pgmigrate_success=1024 pgmigrate_fail=0 thp_split_page=0 thp_deferred_split_page=2 thp_migration_success=2 thp_migration_fail=0 thp_migration_split=0
  r8  = anon=9 dirty=9 active=0 N0=9
  r9  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP,MAPPEDTODISK
  r10 = node1
  r11 = node0 -EBUSY
  r12 = pgmigrate_success=2048 pgmigrate_fail=0 thp_split_page=0 thp_deferred_split_page=4 thp_migration_success=4 thp_migration_fail=0 thp_migration_split=0
  r13 = Rss=36 Anonymous=36 AnonHugePages=0
  r14 = anon=9 dirty=9 active=0 N0=9
  r15 = ret=1 untouched
  r16 = nr_isolated_anon=0 pgmigrate_fail=512 thp_split_page_failed=0 thp_migration_success=4 thp_migration_fail=1 thp_migration_split=0
  r17 = ret=1 untouched
  r18 = thp_split_page_failed=0 thp_deferred_split_page=6 thp_migration_success=4 thp_migration_fail=2
  r19 = ret=1 untouched
  r20 = thp_split_page_failed=0 thp_deferred_split_page=6 thp_migration_success=4 thp_migration_fail=3
  r21 = node1
  r22 = thp_split_page=0 thp_deferred_split_page=6 thp_migration_success=5 thp_migration_fail=3

expect v6.12:
  r1  = thp_split_page=0 thp_deferred_split_page=0
  r2  = node1 -EBUSY node1
  r3  = pgmigrate_success=512 pgmigrate_fail=0 thp_split_page=0 thp_deferred_split_page=2 thp_migration_success=1 thp_migration_fail=0 thp_migration_split=0
  r4  = anon=9 dirty=9 active=0 N1=9
  r5  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,KSM,THP,MAPPEDTODISK UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_TAIL,KSM,THP,MAPPEDTODISK
  r6  = node0 -EBUSY node0
  r7  = nr_isolated_anon=0 pgmigrate_success=1024 pgmigrate_fail=0 thp_split_page=1 thp_deferred_split_page=2 thp_migration_success=1 thp_migration_fail=1 thp_migration_split=1
  r8  = anon=9 dirty=9 active=0 N0=9
  r9  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,KSM,MAPPEDTODISK*2
  r10 = node1
  r11 = node0 -EBUSY
  r12 = pgmigrate_success=2048 pgmigrate_fail=0 thp_split_page=2 thp_deferred_split_page=4 thp_migration_success=2 thp_migration_fail=2 thp_migration_split=2
  r13 = Rss=36 Anonymous=36 AnonHugePages=0
  r14 = anon=9 dirty=9 active=0 N0=9
  r15 = ret=1 untouched
  r16 = nr_isolated_anon=0 pgmigrate_fail=512 thp_split_page_failed=2 thp_migration_success=2 thp_migration_fail=3 thp_migration_split=2
  r17 = ret=1 untouched
  r18 = thp_split_page_failed=3 thp_deferred_split_page=6 thp_migration_success=2 thp_migration_fail=4
  r19 = ret=1 untouched
  r20 = thp_split_page_failed=13 thp_deferred_split_page=6 thp_migration_success=2 thp_migration_fail=5
  r21 = node1
  r22 = thp_split_page=3 thp_deferred_split_page=6 thp_migration_success=2 thp_migration_fail=6
