linuxmm-scenario 1
name:    thp-got
intent:  get takes parts of a leaf; follow_page with FOLL_SPLIT_PMD makes it a table.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: h = get a[3:5]
      P0: g = get_fast a[5]
  r1: P0: follow_page a[3] FOLL_GET
  r2: P0: smaps a Rss AnonHugePages
  r3: P0: follow_page a[3] FOLL_GET FOLL_SPLIT_PMD
  r4: P0: smaps a Rss AnonHugePages
      P0: put h
      P0: put g
  r5: P0: move_pages a[0:4]
  r6: P0: mincore a[0:4]

expect v6.1:
  r1 = page
  r2 = Rss=2048 AnonHugePages=2048
  r3 = page
  r4 = Rss=2048 AnonHugePages=0
  r5 = node0*4
  r6 = 1*4
