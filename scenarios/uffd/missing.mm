linuxmm-scenario 1
name:    missing
intent:  An access to a hole of an area that is registered for missing pages waits; UFFDIO_COPY and
         UFFDIO_ZEROPAGE fill holes, and nothing else: where a page is they say -EEXIST, behind some
         that they could fill -EAGAIN.

steps:
         P0: a = mmap 6p rw private anon
         P0: write a[5] 0x11
  early: P0: uffdio_copy a[0] 0x5a
         P0: userfaultfd a[1:6] UFFDIO_REGISTER_MODE_MISSING
  out:   P0: uffdio_copy a[0:2] 0x5a
  own:   P0: write a[0] 0x22
  r:     P0: read a[1]
  w:     P0: write a[1] 0x22
  there: P0: write a[5] 0x22
  none:  P0: pagemap a
  copy:  P0: uffdio_copy a[1:3] 0x5a
  again: P0: uffdio_copy a[1:3] 0x5b
  zero:  P0: uffdio_zeropage a[3]
  some:  P0: uffdio_zeropage a[4:6]
  full:  P0: uffdio_zeropage a[3:6]
  got:   P0: read a
  map:   P0: pagemap a
  w4:    P0: write a[4] 0x33
  wp:    P0: uffdio_writeprotect a[1] UFFDIO_WRITEPROTECT_MODE_WP
  cont:  P0: uffdio_continue a[1]
         P0: madvise a[2:4] MADV_DONTNEED
  again2: P0: read a[2]
         P0: uffdio_unregister a
  free:  P0: read a
  fin: P0: smaps a Rss VmFlags

expect v6.1:
  early = -EBADF
  out = -ENOENT
  own = ok
  r = blocked
  w = blocked
  there = ok
  none = PXD D*4 PXD
  copy = 0
  again = -EEXIST
  zero = 0
  some = -EAGAIN
  full = -EEXIST
  got = 0x22 0x5a*2 0x0*2 0x22
  map = PXD*3 PD*2 PXD
  w4 = ok
  wp = -ENOENT
  cont = -EINVAL
  again2 = blocked
  free = 0x22 0x5a 0x0*2 0x33 0x22
