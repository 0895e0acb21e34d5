linuxmm-scenario 1
name:    hmm-tests-file-read-coherent
intent:  hmm-tests file_read: the device reads a file that is mapped shared and read-only.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: f = file 8p
  filled: P0: pwrite f 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
          P0: a = mmap f r shared
  device: coherent0: read P0.a

expect v6.1:
  filled = 32768
  device = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17

never: bad-page-map, bad-rss-counter, bug, warn
