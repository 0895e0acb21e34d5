linuxmm-scenario 1
name:    hmm-tests-anon-read-prot-private
intent:  hmm-tests anon_read_prot: the device may not read memory without access, and nothing
         happens to it.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 8p rw private anon
          P0: write a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
    none: P0: mprotect a none
  device: private0: read P0.a
   again: P0: mprotect a r
     own: P0: read a

expect v6.1:
  none   = 0
  device = -EFAULT
  again  = 0
  own    = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17

never: bad-page-map, bad-rss-counter, bug, warn
