linuxmm-scenario 1
name:    thp-cleared
intent:  clear_refs works on a leaf as a whole.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: clear_refs 1
  r1: P0: smaps a Rss AnonHugePages Referenced
      P0: clear_refs 4
  r2: P0: pagemap a[0:4]
      P0: write a[2] 0x22
  r3: P0: pagemap a[0:4]
  r4: P0: smaps a Rss AnonHugePages

expect v6.1:
  r1 = Rss=2048 Referenced=0 AnonHugePages=2048
  r2 = PX*4
  r3 = PXD*4
  r4 = Rss=2048 AnonHugePages=2048
