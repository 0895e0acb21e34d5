linuxmm-scenario 1
name:    thp-split-drops-zeros
intent:  What a split leaves full of zeros may be mapped by the zero page, but not in a locked area.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a[0:4] 0x11
      P0: write a[8] 0x0
      P0: clear_refs 4
      P0: write a[2] 0x12
      P0: mprotect a[6] r
  r1: P0: split_huge_pages a[0]
  r2: P0: pagemap a[0:10]
  r3: P0: smaps a Rss Anonymous AnonHugePages Private_Clean Private_Dirty
  r4: P0: vmstat thp_split_page thp_deferred_split_page
      P0: write a[9] 0x13
  r5: P0: read a[0:10]
  # in the queue, its mappings shared with a child
      P0: b = mmap 512p
      P0: write b[100:103] 0x21
      P0: P1 = fork
      P1: write P1.b[5] 0x22
      P0: munmap b[400:512]
      P1: munmap P1.b[400:512]
      P0: drop_caches 2
  r6: P0: smaps b Rss Anonymous
  r7: P1: smaps P1.b Rss Anonymous
  r8: P0: pagemap b[98:104]
  r9: P0: vmstat thp_split_page thp_deferred_split_page
  # in a locked area they stay
      P0: c = mmap 512p
      P0: write c[1] 0x31
      P0: mlock c
      P0: split_huge_pages c[0]
  r10: P0: smaps c Rss Locked AnonHugePages

expect v6.1:
  r1  = 0
  r2  = PXD*10
  r3  = Rss=24 Private_Clean=0 Private_Dirty=24 Anonymous=24 AnonHugePages=0
  r4  = thp_split_page=1 thp_deferred_split_page=1
  r5  = 0x11*2 0x12 0x11 0x0*5 0x13
  r6  = Rss=1600 Anonymous=1600
  r7  = Rss=1600 Anonymous=1600
  r8  = PD*6
  r9  = thp_split_page=2 thp_deferred_split_page=2
  r10 = Rss=2048 AnonHugePages=0 Locked=2048

expect v6.12:
  r1  = 0
  r2  = PXD*4 PD*6
  r3  = Rss=16 Private_Clean=0 Private_Dirty=16 Anonymous=16 AnonHugePages=0
  r4  = thp_split_page=1 thp_deferred_split_page=1
  r5  = 0x11*2 0x12 0x11 0x0*5 0x13
  r6  = Rss=12 Anonymous=12
  r7  = Rss=16 Anonymous=16
  r8  = PD*6
  r9  = thp_split_page=2 thp_deferred_split_page=2
  r10 = Rss=2048 AnonHugePages=0 Locked=2048
