linuxmm-scenario 1
name:    held-page-stays-apart
intent:  A page with a reference that no mapping accounts for is not merged until it is put.
requires: ksm

machine:
  node0 512M
  ksm run = 1

steps:
         P0: a = mmap 2p rw private anon
         P0: write a 0x5a
         P0: madvise a MADV_MERGEABLE
         P0: g = pin a[1]
         ksmd: full_scan 3
  held:  P0: ksm pages_shared pages_sharing
         P0: unpin g
         ksmd: full_scan 2
  after: P0: ksm pages_shared pages_sharing

expect *:
  held  = pages_shared=0 pages_sharing=0
  after = pages_shared=1 pages_sharing=1

never: bad-page-map, pin
