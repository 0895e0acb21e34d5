linuxmm-scenario 1
name:    khugepaged-existing-thps
intent:  khugepaged madvise_collapse_existing_thps madvise:anon: what is a huge page already is
         one afterwards, and that is no error.

machine:
  node0 512M
  thp madvise

steps:
          P0: a = mmap 512p
          P0: write a 0xdead0000
   first: P0: madvise a MADV_COLLAPSE
    huge: P0: smaps a AnonHugePages
  second: P0: madvise a MADV_COLLAPSE
    same: P0: smaps a AnonHugePages
   there: P0: read a

expect v6.1:
  first  = 0
  huge   = AnonHugePages=2048
  second = 0
  same   = AnonHugePages=2048
  there  = 0xdead0000*512

never: bad-page-map, bad-rss-counter, bug, warn
