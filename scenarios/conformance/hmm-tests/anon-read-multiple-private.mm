linuxmm-scenario 1
name:    hmm-tests-anon-read-multiple-private
intent:  hmm-tests anon_read_multiple: the device reads new memory, again and again, each time over
         two of the driver's batches of 64 pages.

machine:
  node0 512M
  private0 256M

steps:
           P0: a0 = mmap 70p rw private anon
           P0: write a0 0x1*64 0x11*6
  device0: private0: read P0.a0
           P0: munmap a0
           P0: a1 = mmap 70p rw private anon
           P0: write a1 0x2*64 0x12*6
  device1: private0: read P0.a1
           P0: munmap a1
           P0: a2 = mmap 70p rw private anon
           P0: write a2 0x3*64 0x13*6
  device2: private0: read P0.a2
           P0: munmap a2

expect v6.1:
  device0 = 0x1*64 0x11*6
  device1 = 0x2*64 0x12*6
  device2 = 0x3*64 0x13*6

never: bad-page-map, bad-rss-counter, bug, warn
