linuxmm-scenario 1
name:    hmm-tests-exclusive-mprotect-private
intent:  hmm-tests exclusive_mprotect: mprotect to read-only takes the device's right to write as
         well.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 8p rw private anon
          P0: write a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
   taken: private0: exclusive P0.a
    prot: P0: mprotect a r
  device: private0: write P0.a 0x20 0x21 0x22 0x23 0x24 0x25 0x26 0x27

expect v6.1:
  taken  = ok
  prot   = 0
  device = -EPERM

never: bad-page-map, bad-rss-counter, bug, warn
