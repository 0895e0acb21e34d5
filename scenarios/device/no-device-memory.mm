linuxmm-scenario 1
name:    no-device-memory
intent:  A page for which the device has no memory stays in RAM with its contents; the others go.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x3 0x4
          fail alloc
   move:  private0: migrate P0.a
   where: P0: pages a
   data:  P0: read a

# facts/device-migration.md: without a target nothing moves, the entries get the old page back
expect *:
  move  = -ENOENT
  where = ram:x swap:x
  data  = 0x3 0x4

never: bad-page-map, bad-rss-counter, bug, warn
