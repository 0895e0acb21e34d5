linuxmm-scenario 1
name:    fork
intent:  A child is not watched: its entries lose the marks of userfaultfd, those of its parent keep
         them. It may ask for a userfaultfd of its own.

machine:
  node0 512M
  swap 64M zram

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x11
        P0: madvise a[3] MADV_PAGEOUT
        P0: userfaultfd a UFFDIO_REGISTER_MODE_WP UFFDIO_REGISTER_MODE_MISSING
        P0: uffdio_writeprotect a[1:4] UFFDIO_WRITEPROTECT_MODE_WP
        P0: madvise a[2] MADV_DONTNEED
        P0: P1 = fork
  map:  P0: pagemap a
  cmap: P1: pagemap a
  cfl:  P1: smaps a VmFlags
  cw:   P1: write a 0x22
  w0:   P0: write a[0] 0x33
  w1:   P0: write a[1] 0x33
  w2:   P0: write a[2] 0x33
  none: P1: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP
        P1: userfaultfd a[0:2] UFFDIO_REGISTER_MODE_WP
  own:  P1: uffdio_writeprotect a[0] UFFDIO_WRITEPROTECT_MODE_WP
  cw2:  P1: write a[0] 0x44
  cw3:  P1: write a[1:4] 0x44
        P0: uffdio_writeprotect a[1]
  w1b:  P0: write a[1] 0x33
        P1: exit
  w3:   P0: read a[3]
  w3b:  P0: write a[3] 0x33

expect v6.1:
  map = PD PDW D SDW
  cmap = PD*2 D SD
  cfl = VmFlags=rd,wr,mr,mw,me,ac,sd
  cw = ok
  w0 = ok
  w1 = blocked
  w2 = blocked
  none = -EBADF
  own = 0
  cw2 = blocked
  cw3 = ok
  w1b = ok
  w3 = 0x11
  w3b = blocked
