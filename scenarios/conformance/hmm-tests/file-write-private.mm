linuxmm-scenario 1
name:    hmm-tests-file-write-private
intent:  hmm-tests file_write: what the device writes to a shared mapping is in the file.

machine:
  node0 512M
  private0 256M

steps:
          P0: f = file 8p
          P0: a = mmap f rw shared
  device: private0: write P0.a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
     own: P0: read a
    disk: P0: pread f

expect v6.1:
  device = ok
  own    = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
  disk   = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17

never: bad-page-map, bad-rss-counter, bug, warn
