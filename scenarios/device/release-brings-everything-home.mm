linuxmm-scenario 1
name:    release-brings-everything-home
intent:  When the device is released its pages come back to RAM for every process that maps them.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x3 0x4
          private0: migrate P0.a
          P0: P1 = fork
          private0: release
   one:   P0: pages a
   two:   P1: pages a
   data:  P1: read a

# facts/device-migration.md, ioctl 7; facts/real-kernels.md: a shared page has no exclusive bit
expect *:
  one  = ram*2
  two  = ram*2
  data = 0x3 0x4

never: bad-page-map, bad-rss-counter, bug, warn, device-return
