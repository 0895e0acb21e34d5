linuxmm-scenario 1
name:    thp-moved
intent:  move_pages takes a huge page whole, and says -EBUSY of the page behind the first.

machine:
  node0 512M
  node1 512M
  thp always

steps:
       P0: a = mmap 512p
       P0: write a 0x11
  r1:  P0: move_pages a[0:4] node1
  r2:  P0: numa_maps a
  r3:  P0: vmstat pgmigrate_success thp_migration_success thp_migration_fail thp_migration_split nr_anon_transparent_hugepages nr_isolated_anon
  r4:  P0: kpageflags a[0:2]
       P0: write a[9] 0x12
  r5:  P0: smaps a Rss AnonHugePages Private_Dirty Referenced
  # the child's leaf keeps it, unless all may be moved
       P0: P1 = fork
  r6:  P0: move_pages a[7:9] node0
  r7:  P0: move_pages a[7:9] node0 MPOL_MF_MOVE_ALL
  r8:  P1: numa_maps P1.a
       P1: write P1.a[3] 0x13
  r9:  P0: read a[2:10]
  # by entries of its own
       P0: b = mmap 512p
       P0: write b 0x21
       P0: mprotect b[9:12] r
  r10: P0: vmstat thp_deferred_split_page thp_split_pmd
  r11: P0: move_pages b[3:6] node1
  r12: P0: numa_maps b
  r13: P0: vmstat thp_deferred_split_page thp_split_page thp_migration_success
       P0: write b[0] 0x22
  r14: P0: read b[0:4]
  # nobody moves what is held
       P0: c = mmap 512p
       P0: write c 0x31
       P0: k = get c[5]
  r15: P0: move_pages c[4:6] node1
       P0: put k
       P0: h = pin c[5] FOLL_WRITE
  r16: P0: move_pages c[4:6] node1
  r17: P0: vmstat pgmigrate_fail thp_migration_fail thp_migration_success nr_isolated_anon
       P0: unpin h
       P0: mlock c
  r18: P0: move_pages c[4:6] node1
  r19: P0: smaps c Locked AnonHugePages
  r20: P0: status VmLck
       P0: munlock c
  # without access there is nothing to be moved
       P0: mprotect c none
  r21: P0: move_pages c[4:6] node0
  r22: P0: move_pages c[4:6]
       P0: d = mmap 512p
       P0: read d
  r23: P0: move_pages d[4:6] node1

expect v6.1:
  r1  = node1 -EBUSY node1*2
  r2  = anon=512 dirty=512 active=0 N1=512
  r3  = nr_isolated_anon=0 pgmigrate_success=512 nr_anon_transparent_hugepages=1 thp_migration_success=1 thp_migration_fail=0 thp_migration_split=0
  r4  = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP,MAPPEDTODISK MMAP,ANON,COMPOUND_TAIL,THP
  r5  = Rss=2048 Private_Dirty=2048 Referenced=2048 AnonHugePages=2048
  r6  = -EACCES*2
  r7  = node0 -EBUSY
  r8  = anon=512 dirty=512 mapmax=2 active=0 N0=512
  r9  = 0x11*7 0x12
  r10 = thp_deferred_split_page=0 thp_split_pmd=2
  r11 = node1 -EBUSY node1
  r12 = anon=9 dirty=9 active=0 N1=9
  r13 = thp_split_page=0 thp_deferred_split_page=1 thp_migration_success=3
  r14 = 0x22 0x21*3
  r15 = ret=1 untouched -EBUSY
  r16 = ret=1 untouched -EBUSY
  r17 = nr_isolated_anon=0 pgmigrate_fail=1024 thp_migration_success=3 thp_migration_fail=2
  r18 = node1 -EBUSY
  r19 = AnonHugePages=2048 Locked=2048
  r20 = VmLck=2048
  r21 = -EFAULT*2
  r22 = -EFAULT*2
  r23 = -EFAULT*2
