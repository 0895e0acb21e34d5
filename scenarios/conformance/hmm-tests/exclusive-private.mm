linuxmm-scenario 1
name:    hmm-tests-exclusive-private
intent:  hmm-tests exclusive: pages that the device has for itself come back when the CPU touches
         them, and the device has them no more.

machine:
  node0 512M
  private0 256M

steps:
         P0: a = mmap 8p rw private anon
         P0: write a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
  taken: private0: exclusive P0.a
    own: P0: read a
         P0: write a 0x20 0x21 0x22 0x23 0x24 0x25 0x26 0x27
    new: P0: read a
  check: private0: check_exclusive P0.a

expect v6.1:
  taken = ok
  own   = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
  new   = 0x20 0x21 0x22 0x23 0x24 0x25 0x26 0x27
  check = ok

never: bad-page-map, bad-rss-counter, bug, warn
