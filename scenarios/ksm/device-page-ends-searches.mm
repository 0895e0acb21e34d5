linuxmm-scenario 1
name:    device-page-ends-searches
intent:  A device page that ksmd's scanner puts into the unstable tree, but get_mergeable_page then
         refuses, keeps two equal pages of ordinary memory from being merged.
requires: ksm

machine:
  node0 512M
  coherent0 256M
  ksm run = 1

steps:
          P0: a = mmap 3p rw private anon
          P0: write a 0x11 0x5a 0x5a
          P0: madvise a MADV_MERGEABLE
          coherent0: migrate P0.a[0]
          ksmd: full_scan 3
  merged: P0: ksm pages_shared pages_sharing

expect v5.17-coherent:
  merged = pages_shared=1 pages_sharing=1
expect split-v1:
  merged = pages_shared=0 pages_sharing=0
expect v6.1:
  merged = pages_shared=1 pages_sharing=1

never: bad-page-map
