linuxmm-scenario 1
name:    mremap-refused
intent:  What mremap refuses, and with which error.

steps:
        P0: a = mmap 8p rw private anon
        P0: munmap a[4]
  fix:  P0: b = mremap a[0:2] 2p MREMAP_FIXED
  dont: P0: c = mremap a[0:2] 2p MREMAP_DONTUNMAP
  size: P0: d = mremap a[0:2] 3p MREMAP_MAYMOVE MREMAP_DONTUNMAP
  hole: P0: e = mremap a[4] 1p
  over: P0: f = mremap a[2:6] 5p MREMAP_MAYMOVE
  to:   P0: f2 = mremap a[2:6] 4p MREMAP_MAYMOVE MREMAP_FIXED
        P0: mprotect a[5] r
  two:  P0: g = mremap a[5:7] 3p MREMAP_MAYMOVE
        P0: p = mmap 4p rw shared pfnmap
  pfn:  P0: h = mremap p 5p MREMAP_MAYMOVE
  pfn2: P0: i = mremap p 4p MREMAP_MAYMOVE MREMAP_DONTUNMAP
        P0: q = mmap 4p rw shared mixedmap pages
  mix:  P0: j = mremap q 5p MREMAP_MAYMOVE
  fit:  P0: k = mremap a[5:8] 2p MREMAP_MAYMOVE

# Debian 6.1 in the virtual machine
expect v6.1:
  fix  = -EINVAL
  dont = -EINVAL
  size = -EINVAL
  hole = -EFAULT
  over = -EFAULT
  to   = -EFAULT
  two  = -EFAULT
  pfn  = -EFAULT
  pfn2 = -EINVAL
  mix  = -EFAULT
  fit  = ok

never: bad-page-map, bad-rss-counter, bug, warn
