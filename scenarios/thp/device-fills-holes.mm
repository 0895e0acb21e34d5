linuxmm-scenario 1
name:    thp-device-fills-holes
intent:  Where a device has put its pages into holes there is a table: no huge page comes there.

machine:
  node0 512M
  coherent0 256M
  thp always

steps:
       P0: a = mmap 512p
  r1:  coherent0: migrate P0.a[0:2]
       P0: write a[5] 0x22
  r2:  P0: smaps a Rss AnonHugePages
  r3:  P0: read a[0:6]
  # empty, it is a table still
       P0: madvise a MADV_DONTNEED
       P0: write a[5] 0x23
  r6:  P0: smaps a Rss AnonHugePages
  # what has become a huge page meanwhile stays one
       P0: b = mmap 512p
       coherent0: setup P0.b[0:2]
       P0: write b[5] 0x33
  r4:  coherent0: pages
       coherent0: finalize
  r5:  P0: smaps b Rss AnonHugePages

expect v6.1:
  r1 = cpages=2 faults=0
  r2 = Rss=12 AnonHugePages=0
  r3 = 0x0*5 0x22
  r4 = migrated=0
  r6 = Rss=4 AnonHugePages=0
  r5 = Rss=2048 AnonHugePages=2048
