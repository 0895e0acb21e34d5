linuxmm-scenario 1
name:    thp-to-device
intent:  Migrating a few pages of a huge page to device memory splits all of it; parts stay.

machine:
  node0 512M
  coherent0 256M
  thp always

steps:
      P0: a = mmap 1024p
      P0: write a 0x11
      coherent0: migrate P0.a[8:12]
  r1: P0: pages a[6:14]
  r2: P0: smaps a Rss AnonHugePages
  r3: P0: kpageflags a[0:2]
      P0: madvise a[600:602] MADV_DONTNEED
      coherent0: migrate P0.a[520:524]
  r4: P0: pages a[518:526]
  r5: P0: read a[6:14]
      P0: b = mmap 512p
      P0: read b
      coherent0: migrate P0.b[3:5]
  r6: P0: pages b[0:8]
  r7: P0: vmstat thp_split_page thp_split_pmd

expect v6.1:
  r1 = ram:x*2 dev:x*4 ram:x*2
  r2 = Rss=4096 AnonHugePages=2048
  r3 = UPTODATE,DIRTY,LRU,MMAP,ANON,SWAPBACKED,MAPPEDTODISK*2
  r4 = ram:x*8
  r5 = 0x11*8
  r6 = ram ram@0*2 dev:x*2 ram@0*3
  r7 = thp_split_page=1 thp_split_pmd=3
