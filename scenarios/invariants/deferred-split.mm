linuxmm-scenario 1
name:    deferred-split
intent:  Huge pages that lose parts in each way that there is wait in the queue of deferred splits.

machine:
  node0 512M
  coherent0 256M
  thp always

steps:
      P0: a = mmap 1024p
      P0: write a 0x11
      P0: P1 = fork
      P0: madvise a[5:9] MADV_DONTNEED
  r1: P0: vmstat thp_deferred_split_page nr_anon_transparent_hugepages
      P1: munmap P1.a[0:512]
  r2: P0: vmstat thp_deferred_split_page nr_anon_transparent_hugepages
      P1: write P1.a[600] 0x22
      P0: write a[700:702] 0x33
  r3: P0: vmstat thp_deferred_split_page nr_anon_transparent_hugepages
      P1: exit
  r4: P0: vmstat thp_deferred_split_page nr_anon_transparent_hugepages
      P0: munmap a[520:530]
      P0: split_huge_pages a[0:512]
  r5: P0: vmstat thp_split_page
      P0: drop_caches 2
  r6: P0: vmstat thp_split_page
  r7: P0: read a[3:10]

expect v6.1:
  r1 = nr_anon_transparent_hugepages=2 thp_deferred_split_page=0
  r2 = nr_anon_transparent_hugepages=1 thp_deferred_split_page=1
  r3 = nr_anon_transparent_hugepages=0 thp_deferred_split_page=1
  r4 = nr_anon_transparent_hugepages=0 thp_deferred_split_page=2
  r5 = thp_split_page=1
  r6 = thp_split_page=2
  r7 = 0x11*2 0x0*4 0x11
