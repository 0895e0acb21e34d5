linuxmm-scenario 1
name:    uffd-wp
intent:  What userfaultfd protects from writes goes everywhere an entry goes, and comes back protected.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  swap 64M zram

steps:
        P0: a = mmap 3p rw private anon
        P0: write a 0x11
        P0: f = memfd_create 3p
        P0: b = mmap f rw shared
        P0: write b[0:2] 0x22
        P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
        P0: userfaultfd b UFFDIO_REGISTER_MODE_WP
        P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP
        P0: uffdio_writeprotect b UFFDIO_WRITEPROTECT_MODE_WP
        P0: move_pages a[0] node1
        P0: madvise a[1] MADV_PAGEOUT
        coherent0: migrate P0.a[2]
        P0: madvise b[0] MADV_DONTNEED
        P0: madvise b[1] MADV_PAGEOUT
        P0: fallocate f[0] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
        P0: mprotect a r
        P0: mprotect a rw
        P0: read a
        P0: read b
  wa:   P0: write a[0] 0x33
  wa1:  P0: write a[1] 0x33
  wa2:  P0: write a[2] 0x33
  wb:   P0: write b[0] 0x33
  wb1:  P0: write b[1] 0x33
  wb2:  P0: write b[2] 0x33

never: uffd-wp

expect *:
  wa = blocked
  wa1 = blocked
  wa2 = blocked
  wb = blocked
  wb1 = blocked
  wb2 = blocked
