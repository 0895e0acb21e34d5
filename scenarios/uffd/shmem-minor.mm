linuxmm-scenario 1
name:    shmem-minor
intent:  A minor fault is one on a page that the file has and the area has not mapped; UFFDIO_CONTINUE
         maps it, nothing is copied. A hole is filled as ever.

machine:
  node0 512M
  swap 64M zram

steps:
         P0: f = memfd_create 6p
         P0: a = mmap f rw shared
         P0: c = mmap f rw private
         P0: b = mmap f rw shared
         P0: write b[0:4] 0x11
         P0: write b[5] 0x11
         P0: madvise b[3] MADV_PAGEOUT
  reg:   P0: userfaultfd a UFFDIO_REGISTER_MODE_MINOR
         P0: userfaultfd c UFFDIO_REGISTER_MODE_MINOR UFFDIO_REGISTER_MODE_WP
  r0:    P0: read a[0]
  w1:    P0: write a[1] 0x22
  r3:    P0: read a[3]
  r4:    P0: read a[4]
  cw1:   P0: write c[1] 0x22
  map:   P0: pagemap a
  cont:  P0: uffdio_continue a[0:2]
  again: P0: uffdio_continue a[0]
  cont3: P0: uffdio_continue a[3]
  hole:  P0: uffdio_continue a[5]
  some:  P0: uffdio_continue a[4:6]
  got:   P0: read a
  w1b:   P0: write a[1] 0x22
  map1:  P0: pagemap a
  ccont: P0: uffdio_continue c[0:2]
  cmap:  P0: pagemap c
  cw1b:  P0: write c[1] 0x33
  wp:    P0: uffdio_continue c[2] UFFDIO_CONTINUE_MODE_WP
  wp2:   P0: uffdio_continue a[2] UFFDIO_CONTINUE_MODE_WP
  cmap2: P0: pagemap c
  cw2:   P0: write c[2] 0x33
         P0: madvise a[1] MADV_DONTNEED
  r1:    P0: read a[1]
         P0: fallocate f[1] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
  r1b:   P0: read a[1]
  fin:   P0: smaps a Rss VmFlags
  cfin:  P0: smaps c Rss VmFlags

expect *:
  reg = 0
  r0 = blocked
  w1 = blocked
  r3 = blocked
  r4 = 0x0
  cw1 = blocked
  map = D*4 PFXD D
  cont = 0
  again = -EEXIST
  cont3 = 0
  hole = 0
  some = -EEXIST
  got = blocked
  w1b = ok
  map1 = PFD*2 D PFXD*2 PFD
  ccont = 0
  cmap = PFD*2 D*4
  cw1b = ok
  wp2 = -EINVAL
  cw2 = blocked
  r1 = blocked
  r1b = 0x0
  fin = Rss=20 VmFlags=rd,wr,sh,mr,mw,me,ms,sd,ui
expect v6.1:
  wp = -EINVAL
  cmap2 = PFD PXD D*4
  cfin = Rss=8 VmFlags=rd,wr,mr,mw,me,ac,sd,uw,ui
expect debian-6.12:
  wp = 0
  cmap2 = PFD PXD PFDW D*3
  cfin = Rss=12 VmFlags=rd,wr,mr,mw,me,ac,sd,uw,ui
