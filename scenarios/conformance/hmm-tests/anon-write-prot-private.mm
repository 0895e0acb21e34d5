linuxmm-scenario 1
name:    hmm-tests-anon-write-prot-private
intent:  hmm-tests anon_write_prot: the device may not write to a read-only area, and may once
         mprotect allows it; the zero page it read is replaced.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 8p r private anon
    zero: private0: read P0.a[0]
      no: private0: write P0.a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
     own: P0: read a
    prot: P0: mprotect a rw
  device: private0: write P0.a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
     new: P0: read a

expect v6.1:
  zero   = 0x0
  no     = -EPERM
  own    = 0x0*8
  prot   = 0
  device = ok
  new    = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17

never: bad-page-map, bad-rss-counter, bug, warn
