linuxmm-scenario 1
name:    huge
intent:  A huge page is protected as a whole, and its parts are when it is split; into an area that is
         registered for missing pages comes none by a fault.

machine:
  node0 512M
  thp madvise

steps:
        P0: a = mmap 512p rw private anon
        P0: madvise a MADV_HUGEPAGE
        P0: write a 0x11
        P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
        P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP
  huge: P0: smaps a AnonHugePages
  w:    P0: write a[3] 0x22
  r:    P0: read a[3]
  map:  P0: pagemap a[0:4]
        P0: uffdio_writeprotect a[1:3]
  split: P0: smaps a AnonHugePages
  map2: P0: pagemap a[0:4]
  w2:   P0: write a[1:3] 0x22
  w3:   P0: write a[3] 0x22
        P0: b = mmap 512p rw private anon
        P0: madvise b MADV_HUGEPAGE
        P0: userfaultfd b UFFDIO_REGISTER_MODE_MISSING
  bw:   P0: write b[5] 0x22
  br:   P0: read b[6]
  copy: P0: uffdio_copy b[5:7] 0x5a
  bmap: P0: pagemap b[4:8]
  bw2:  P0: write b[5:7] 0x33
  bw3:  P0: write b[7] 0x33
        P0: uffdio_unregister b
  bw4:  P0: write b[7] 0x33
  bfl:  P0: smaps b Rss AnonHugePages

expect v6.1:
  huge = AnonHugePages=2048
  w = blocked
  map = PXDW*4
  split = AnonHugePages=0
  map2 = PXDW PXD*2 PXDW
  w2 = ok
  w3 = blocked
  bw = blocked
  br = blocked
  copy = 0
  bw2 = ok
  bw3 = blocked
  bw4 = ok
