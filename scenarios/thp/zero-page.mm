linuxmm-scenario 1
name:    thp-zero-page
intent:  A read maps the huge zero page; the first write makes it a table of the small one.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: read a[7]
  r1: P0: pages a
  r2: P0: smaps a Rss Pss AnonHugePages
  r3: P0: numa_maps a
      P0: write a[7] 0x11
  r4: P0: pages a[0:16]
  r5: P0: smaps a Rss Pss AnonHugePages
  r6: P0: vmstat thp_fault_alloc thp_split_pmd
      P0: madvise a MADV_DONTNEED
      P0: write a[9] 0x22
  r7: P0: pages a[0:16]

expect v6.1:
  r1 = ram:f*512
  r2 = Rss=0 Pss=0 AnonHugePages=0
  r3 = none
  r4 = ram ram@0*6 ram:x ram@0*8
  r5 = Rss=4 Pss=4 AnonHugePages=0
  r6 = thp_fault_alloc=0 thp_split_pmd=1
  r7 = none*9 ram:x none*6
