linuxmm-scenario 1
name:    mremap-device
intent:  Pages in device memory move with their entries and come back from where they are then.

machine:
  node0 512M
  coherent0 256M

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x1 0x2 0x3 0x4
        coherent0: migrate P0.a[0:3]
        P0: b = mremap a[1:4] 5p MREMAP_MAYMOVE
  dev:  P0: pages b
        coherent0: migrate_to_sys P0.b
  ram:  P0: pages b
  data: P0: read b

# Debian 6.1 in the virtual machine
expect v6.1:
  dev  = dev:x*2 ram:x none*2
  ram  = ram:x*3 none*2
  data = 0x2 0x3 0x4 0x0*2

never: bad-page-map, bad-rss-counter, bug, warn
