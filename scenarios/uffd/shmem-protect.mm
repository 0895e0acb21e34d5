linuxmm-scenario 1
name:    shmem-protect
intent:  Protection of shmem is one of addresses: where nothing is mapped, a marker stands for it, and
         a page that goes leaves one. Only who lifts it, or unmaps, takes it away.

machine:
  node0 512M
  swap 64M zram

steps:
         P0: f = memfd_create 6p
         P0: a = mmap f rw shared
         P0: b = mmap f rw shared
         P0: write a[0:4] 0x11
         P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
  flags: P0: smaps a VmFlags
  wp:    P0: uffdio_writeprotect a[1:6] UFFDIO_WRITEPROTECT_MODE_WP
  map:   P0: pagemap a
  rss:   P0: smaps a Rss Swap
  core:  P0: mincore a
  w0:    P0: write a[0] 0x22
  w1:    P0: write a[1] 0x22
  w5:    P0: write a[5] 0x22
  map1:  P0: pagemap a
  r4:    P0: read a[4]
  w4:    P0: write a[4] 0x22
         P0: write b[1] 0x33
  seen:  P0: read a[1]
         P0: madvise a[1:3] MADV_DONTNEED
  map2:  P0: pagemap a
  core2: P0: mincore a
  w1b:   P0: write a[1] 0x22
         P0: madvise b MADV_PAGEOUT
         P0: madvise a MADV_PAGEOUT
  map3:  P0: pagemap a
  rss3:  P0: smaps a Rss Swap
  r2:    P0: read a
  w2:    P0: write a[2] 0x22
  map4:  P0: pagemap a
  lift:  P0: uffdio_writeprotect a[1:3]
  w1c:   P0: write a[1] 0x44
  map5:  P0: pagemap a
         P0: clear_refs 4
  map6:  P0: pagemap a
         P0: fallocate f[3:5] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
  map7:  P0: pagemap a
  w3:    P0: write a[3] 0x55
  copy:  P0: uffdio_copy a[4] 0x66
         P0: uffdio_unregister a
  map8:  P0: pagemap a
  w3b:   P0: write a 0x55
  gone:  P0: smaps a VmFlags

expect *:
  flags = VmFlags=rd,wr,sh,mr,mw,me,ms,sd,uw
  wp = 0
  map = PFXD PFXDW*3 SDW*2
  rss = Rss=16 Swap=0
  core = 1*4 0*2
  w0 = ok
  w1 = blocked
  w5 = blocked
  map1 = PFXD PFXDW*3 SDW PFXDW
  r4 = 0x0
  w4 = blocked
  seen = 0x33
  map2 = PFXD SDW*2 PFXDW*3
  core2 = 1*6
  w1b = blocked
  map3 = D PFDW SDW*4
  rss3 = Rss=4 Swap=12
  r2 = 0x22 0x33 0x11*2 0x0*2
  w2 = blocked
  map4 = PFXD PFDW PFXDW*4
  lift = 0
  w1c = ok
  map5 = PFXD PFD PFXD PFXDW*3
  map6 = PFX PF PFX PFXW*3
  map7 = PFX PF PFX SW*2 PFXW
  w3 = blocked
  copy = 0
  map8 = PFX PF PFX PFXD*2 PFX
  w3b = ok
  gone = VmFlags=rd,wr,sh,mr,mw,me,ms
