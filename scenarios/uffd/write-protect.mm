linuxmm-scenario 1
name:    write-protect
intent:  A write to a page that userfaultfd protects waits until user space has lifted that; reads,
         and pages beside it, go on. The mark is gone once it is lifted.

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x11
        P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
  flags: P0: smaps a VmFlags
        P0: uffdio_writeprotect a[1:3] UFFDIO_WRITEPROTECT_MODE_WP
  w0:   P0: write a[0] 0x22
  w1:   P0: write a[1] 0x22
  all:  P0: write a 0x33
  r:    P0: read a
  map:  P0: pagemap a
        P0: uffdio_writeprotect a[1]
  w1b:  P0: write a[1] 0x44
  w2:   P0: write a[2] 0x44
  map2: P0: pagemap a
        P0: uffdio_unregister a
  w3:   P0: write a 0x55
  map3: P0: pagemap a
  gone: P0: smaps a VmFlags

expect v6.1:
  flags = VmFlags=rd,wr,mr,mw,me,uw,ac,sd
  w0 = ok
  w1 = blocked
  all = blocked
  r = 0x33 0x11*3
  map = PXD PXDW*2 PXD
  w1b = ok
  w2 = blocked
  map2 = PXD*2 PXDW PXD
  w3 = ok
  map3 = PXD*4
  gone = VmFlags=rd,wr,mr,mw,me,ac,sd
