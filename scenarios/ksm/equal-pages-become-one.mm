linuxmm-scenario 1
name:    equal-pages-become-one
intent:  Of three equal pages two are replaced by the third; a write takes one out again, which the
         counters show only after ksmd came by.
requires: ksm

machine:
  node0 512M
  ksm run = 1

steps:
            P0: a = mmap 3p rw private anon
            P0: write a 0x5a
            P0: madvise a MADV_MERGEABLE
            ksmd: full_scan 3
  merged:   P0: pages a
  counters: P0: ksm
            P0: write a[0] 0x11
  apart:    P0: pages a
  stale:    P0: ksm
  contents: P0: read a

expect *:
  merged   = ram ram@0*2
  counters = pages_shared=1 pages_sharing=2 pages_unshared=0 pages_volatile=0
  stale    = pages_shared=1 pages_sharing=2 pages_unshared=0 pages_volatile=0
  apart    = ram:x ram ram@1
  contents = 0x11 0x5a*2

never: bad-page-map, ksm-device
