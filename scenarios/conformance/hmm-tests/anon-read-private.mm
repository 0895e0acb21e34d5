linuxmm-scenario 1
name:    hmm-tests-anon-read-private
intent:  hmm-tests anon_read: the device reads memory of a read-only area: an untouched page, a zero
         page and six written ones.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 8p rw private anon
          P0: write a[2:8] 0x12 0x13 0x14 0x15 0x16 0x17
    prot: P0: mprotect a r
    zero: P0: read a[1]
  device: private0: read P0.a

expect v6.1:
  prot   = 0
  zero   = 0x0
  device = 0x0*2 0x12 0x13 0x14 0x15 0x16 0x17

never: bad-page-map, bad-rss-counter, bug, warn
