linuxmm-scenario 1
name:    areas
intent:  UFFDIO_WRITEPROTECT wants the whole range in one area that is registered for it; since 6.4 it
         goes from area to area, and stops at the first that is not.

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x11
        P0: userfaultfd a[0:3] UFFDIO_REGISTER_MODE_WP
        P0: mprotect a[1] r
  two:  P0: uffdio_writeprotect a[0:3] UFFDIO_WRITEPROTECT_MODE_WP
  map:  P0: pagemap a
        P0: mprotect a[1] rw
  one:  P0: uffdio_writeprotect a[0:3] UFFDIO_WRITEPROTECT_MODE_WP
  more: P0: uffdio_writeprotect a
  map2: P0: pagemap a

expect v6.1:
  two = -ENOENT
  map = PXD*4
  one = 0
  more = -ENOENT
  map2 = PXDW*3 PXD
expect debian-6.12:
  two = 0
  map = PXDW*3 PXD
  one = 0
  more = -ENOENT
  map2 = PXD*4
