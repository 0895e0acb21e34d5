linuxmm-scenario 1
name:    khugepaged-alloc-at-fault
intent:  khugepaged alloc_at_fault: with always a first write gets a huge page; MADV_DONTNEED of
         a part splits the leaf.

machine:
  node0 512M
  thp always

steps:
         P0: a = mmap 512p
         P0: write a[0] 0xdead0000
   huge: P0: smaps a AnonHugePages
         P0: madvise a[0] MADV_DONTNEED
  split: P0: smaps a AnonHugePages

expect v6.1:
  huge  = AnonHugePages=2048
  split = AnonHugePages=0

never: bad-page-map, bad-rss-counter, bug, warn
