linuxmm-scenario 1
name:    shmem-private
intent:  In a private mapping of shmem a marker makes the first read map the page of the file, and the
         first write the private copy, both protected: the write waits at its second try.

machine:
  node0 512M
  swap 64M zram

steps:
         P0: f = memfd_create 6p
         P0: a = mmap f rw private
         P0: write a[0] 0x11
         P0: read a[1]
         P0: userfaultfd a UFFDIO_REGISTER_MODE_WP UFFDIO_REGISTER_MODE_MISSING
         P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP
  map:   P0: pagemap a
  w0:    P0: write a[0] 0x22
  w1:    P0: write a[1] 0x22
  miss:  P0: write a[2] 0x22
  copy:  P0: uffdio_copy a[2] 0x5a
  copyw: P0: uffdio_copy a[3] 0x5a UFFDIO_COPY_MODE_WP
  zero:  P0: uffdio_zeropage a[4]
         P0: pwrite f[4:6] 0x33
  w4:    P0: write a[4] 0x22
  r5:    P0: read a[5]
  map1:  P0: pagemap a
  w3:    P0: write a[2] 0x44
  w3b:   P0: write a[3] 0x44
         P0: madvise a[0:4] MADV_DONTNEED
  map2:  P0: pagemap a
  w2:    P0: write a[2] 0x55
         P0: P1 = fork
  cmap:  P1: pagemap a
  cw:    P1: write a 0x66
         P0: uffdio_writeprotect a
  map3:  P0: pagemap a
  w5:    P0: write a[4:6] 0x77

expect *:
  map = PXDW PFXDW SDW*4
  w0 = blocked
  w1 = blocked
  miss = blocked
  copy = 0
  copyw = 0
  zero = -EEXIST
  w4 = blocked
  r5 = 0x33
  map1 = PXDW PFXDW PXD PXDW*2 PFXDW
  w3 = ok
  w3b = blocked
  map2 = SDW*2 D SDW PXDW PFXDW
  w2 = blocked
  cmap = D*4 PD PFD
  cw = ok
  map3 = D*4 PXD PFXD
  w5 = ok
