linuxmm-scenario 1
name:    kernel-faults
intent:  A fault that the kernel makes itself and cannot sleep in fails where user space would be
         asked: get_user_pages and a device that reads get -EFAULT, of holes and of protected pages.

machine:
  node0 512M
  coherent0 256M

steps:
        P0: a = mmap 6p rw private anon
        P0: write a[0:4] 0x11
        P0: userfaultfd a UFFDIO_REGISTER_MODE_MISSING UFFDIO_REGISTER_MODE_WP
        P0: uffdio_writeprotect a[1:4] UFFDIO_WRITEPROTECT_MODE_WP
  rd:   P0: h = get a[0:6]
        P0: put h
  hole: P0: h1 = get a[4:6]
  wr:   P0: h2 = get a[0:4] FOLL_WRITE
        P0: put h2
  wr1:  P0: h3 = get a[1] FOLL_WRITE
  long: P0: h4 = pin a[2:4] FOLL_WRITE FOLL_LONGTERM
  nof:  P0: h5 = get a[1] FOLL_WRITE FOLL_NOFAULT
  fl:   P0: h6 = pin_fast a[1] FOLL_WRITE FOLL_LONGTERM FOLL_NOFAULT
  dr:   coherent0: read P0.a[0:4]
  dh:   coherent0: read P0.a[3:5]
  dw:   coherent0: write P0.a[0:2] 0x22
        P0: f = memfd_create 4p
        P0: b = mmap f rw shared
        P0: c = mmap f rw shared
        P0: write c[0:2] 0x33
        P0: userfaultfd b UFFDIO_REGISTER_MODE_MINOR UFFDIO_REGISTER_MODE_MISSING
  bmin: P0: h7 = get b[0]
  bmis: P0: h8 = get b[2]
        P0: uffdio_continue b[0]
        P0: userfaultfd b UFFDIO_REGISTER_MODE_WP
        P0: uffdio_writeprotect b UFFDIO_WRITEPROTECT_MODE_WP
  bget: P0: h9 = get b
        P0: put h9
  bwr:  P0: h10 = get b FOLL_WRITE
  map:  P0: pagemap b
  amap: P0: pagemap a

expect *:
  rd = 4
  hole = -EFAULT
  wr = 1
  wr1 = -EFAULT
  long = -EFAULT
  nof = -EFAULT
  fl = -EFAULT
  dr = 0x11*4
  dh = -EFAULT
  dw = -EFAULT
  bmin = -EFAULT
  bmis = -EFAULT
  bget = 4
  bwr = -EFAULT
  map = PFDW*2 PFXDW*2
  amap = PXD PXDW*3 D*2
