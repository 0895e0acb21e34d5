linuxmm-scenario 1
name:    tree-page-moves-away
intent:  A page that waits in the unstable tree goes to a device before its like is scanned: where
         get_mergeable_page refuses it the search ends there, and only the next pass merges.
requires: ksm

machine:
  node0 512M
  coherent0 256M
  ksm run = 1

steps:
            P0: a = mmap 3p rw private anon
            P0: write a 0x11 0x5a 0x5a
            P0: madvise a MADV_MERGEABLE
            ksmd: full_scan 1
            ksmd: scan 1
            coherent0: migrate P0.a[0]
            ksmd: scan 2
  blocked:  P0: ksm pages_shared pages_unshared
            ksmd: full_scan 2
  merged:   P0: ksm pages_shared pages_unshared

expect v5.17-coherent:
  blocked = pages_shared=1 pages_unshared=1
  merged  = pages_shared=1 pages_unshared=1
expect split-v1:
  blocked = pages_shared=0 pages_unshared=1
  merged  = pages_shared=0 pages_unshared=1
expect v6.1:
  blocked = pages_shared=0 pages_unshared=1
  merged  = pages_shared=1 pages_unshared=0

never: bad-page-map
