linuxmm-scenario 1
name:    thp-mirrored
intent:  A device mirrors a leaf as one: its snapshot says pmd, and its writes need no split.

machine:
  node0 512M
  coherent0 256M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
  r1: coherent0: snapshot P0.a[0:4]
      coherent0: read P0.a[5]
      coherent0: write P0.a[6] 0x22
  r2: P0: read a[5:8]
  r3: P0: smaps a Rss AnonHugePages
      P0: P1 = fork
  r4: coherent0: snapshot P0.a[0:2]
      coherent0: write P0.a[7] 0x33
  r5: P0: smaps a Rss AnonHugePages
  r6: P1: smaps P1.a Rss AnonHugePages
  r7: coherent0: snapshot P0.a[6:9]
      P0: b = mmap 512p
      P0: read b
  r8: coherent0: snapshot P0.b[0:2]

expect v6.1:
  r1 = write,pmd*4
  r2 = 0x11 0x22 0x11
  r3 = Rss=2048 AnonHugePages=2048
  r4 = read,pmd*2
  r5 = Rss=2048 AnonHugePages=0
  r6 = Rss=2048 AnonHugePages=2048
  r7 = read write read
  r8 = read,pmd*2
