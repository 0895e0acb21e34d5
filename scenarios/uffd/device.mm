linuxmm-scenario 1
name:    device
intent:  A device fills no hole of an area that is registered for missing pages, and nobody is asked.
         It backs off last of all: that part of the area has an anon_vma by then, and does not merge
         with a part that has none.

machine:
  node0 512M
  coherent0 256M

steps:
        P0: a = mmap 3p rw private anon
        P0: write a[2] 0x11
        P0: userfaultfd a UFFDIO_REGISTER_MODE_MISSING UFFDIO_REGISTER_MODE_WP
        P0: uffdio_writeprotect a[2] UFFDIO_WRITEPROTECT_MODE_WP
        coherent0: migrate P0.a
  map:  P0: pagemap a
  w2:   P0: write a[2] 0x22
  w0:   P0: write a[0] 0x22
        coherent0: migrate_to_sys P0.a
  w2b:  P0: write a[2] 0x22
        P0: b = mmap 2p rw private anon
        P0: userfaultfd b UFFDIO_REGISTER_MODE_MISSING
        P0: mprotect b[1] r
        coherent0: migrate P0.b[0]
        P0: mprotect b[0] r
  area: P0: smaps b[0] Size

expect v6.1:
  w2 = blocked
  w0 = blocked
  w2b = blocked
  area = Size=4
