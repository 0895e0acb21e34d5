linuxmm-scenario 1
name:    transhuge-stress-rounds
intent:  transhuge-stress main: each round writes a word into a hole of 2 MiB, finds 512 pages of
         one huge page there, and gives back all but the last.

machine:
  node0 512M
  thp madvise

steps:
         P0: a = mmap 512p
         P0: madvise a MADV_HUGEPAGE
         P0: write a[0] 0x11
    one: P0: smaps a AnonHugePages
   huge: P0: kpageflags a[0:2]
         P0: madvise a[0:511] MADV_DONTNEED
   left: P0: smaps a Rss
         P0: b = mmap 512p
         P0: madvise b MADV_HUGEPAGE
         P0: write b[0] 0x22
    two: P0: smaps b AnonHugePages
         P0: madvise b[0:511] MADV_DONTNEED
  left2: P0: smaps b Rss
  there: P0: read a[511]

expect v6.1:
  one   = AnonHugePages=2048
  huge  = COMPOUND_HEAD,THP,... COMPOUND_TAIL,THP,...
  left  = Rss=4
  two   = AnonHugePages=2048
  left2 = Rss=4
  there = 0x0

never: bad-page-map, bad-rss-counter, bug, warn
