linuxmm-scenario 1
name:    out
intent:  Pages that are in swap are protected, and protected no more, where they are.

machine:
  node0 512M
  swap 64M zram

steps:
        P0: a = mmap 3p rw private anon
        P0: write a 0x11
        P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
        P0: uffdio_writeprotect a[0:2] UFFDIO_WRITEPROTECT_MODE_WP
        P0: madvise a MADV_PAGEOUT
        P0: uffdio_writeprotect a[0]
        P0: uffdio_writeprotect a[2] UFFDIO_WRITEPROTECT_MODE_WP
  map:  P0: pagemap a
  w1:   P0: write a[0] 0x33
  w2:   P0: write a[2] 0x33

expect v6.1:
  map = SD SDW*2
  w1  = ok
  w2  = blocked
