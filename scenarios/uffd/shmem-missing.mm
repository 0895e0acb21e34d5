linuxmm-scenario 1
name:    shmem-missing
intent:  A hole of shmem that is registered for missing pages waits; what its file has, in another
         mapping or out in swap, is mapped and nobody is asked. UFFDIO_COPY fills the file itself; of a
         private mapping the mapping alone.

machine:
  node0 512M
  swap 64M zram

steps:
         P0: f = memfd_create 6p
         P0: a = mmap f rw shared
         P0: b = mmap f rw shared
         P0: c = mmap f rw private
         P0: write b[5] 0x11
         P0: write b[4] 0x12
         P0: madvise b[4] MADV_PAGEOUT
         P0: userfaultfd a UFFDIO_REGISTER_MODE_MISSING
         P0: userfaultfd c UFFDIO_REGISTER_MODE_MISSING
  r0:    P0: read a[0]
  w0:    P0: write a[0] 0x22
  c0:    P0: read c[0]
  cw0:   P0: write c[0] 0x22
  there: P0: read a[4:6]
  cthere: P0: write c[5] 0x33
  map:   P0: pagemap a
  copy:  P0: uffdio_copy a[0:2] 0x5a
  again: P0: uffdio_copy a[0] 0x5b
  full:  P0: uffdio_copy a[5] 0x5b
  zero:  P0: uffdio_zeropage a[2]
  some:  P0: uffdio_zeropage a[3:6]
  w3:    P0: write a[3] 0x44
  got:   P0: read b
  map1:  P0: pagemap a
  ccopy: P0: uffdio_copy c[0:2] 0x66
  czero: P0: uffdio_zeropage c[2:4]
  cread: P0: read c
  cmap:  P0: pagemap c
  cont:  P0: uffdio_continue a[1]
         P0: madvise a MADV_DONTNEED
  cont2: P0: uffdio_continue a[1]
         P0: ftruncate f 2p
  over:  P0: uffdio_copy a[2] 0x5a
  cover: P0: uffdio_zeropage c[2]
  cover2: P0: uffdio_copy c[2] 0x5a
  overc: P0: uffdio_continue a[2]
  map2:  P0: pagemap a
  flags: P0: smaps a VmFlags Rss
         P0: uffdio_unregister a
  gone:  P0: smaps a VmFlags

expect *:
  r0 = blocked
  w0 = blocked
  c0 = blocked
  cw0 = blocked
  there = 0x12 0x11
  cthere = ok
  map = D*4 PFXD PFD
  copy = 0
  again = -EEXIST
  full = -EEXIST
  zero = 0
  some = -EAGAIN
  w3 = ok
  got = 0x5a*2 0x0 0x44 0x12 0x11
  map1 = PFD*6
  ccopy = 0
  czero = 0
  cread = 0x66*2 0x0*2 0x12 0x33
  cmap = PXD*2 PD*2 PFD PXD
  cont = -EEXIST
  cont2 = 0
  cover = -EFAULT
  cover2 = -EFAULT
  map2 = D PFD D*4
  flags = Rss=4 VmFlags=rd,wr,sh,mr,mw,me,ms,sd,um
  gone = VmFlags=rd,wr,sh,mr,mw,me,ms,sd

expect v6.1:
  over = -EFAULT
  overc = -EINVAL

expect debian-6.12:
  over = -EFAULT
  overc = -EINVAL

expect v6.18:
  over = -EFAULT
  overc = -EINVAL

expect v7.1:
  over = -ENOMEM
  overc = -EFAULT
