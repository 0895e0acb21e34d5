linuxmm-scenario 1
name:    hmm-tests-anon-write-huge-private
intent:  hmm-tests anon_write_huge: the device writes to 2 MiB that nobody touched before, and
         that may be a huge page.

machine:
  node0 512M
  private0 256M
  thp madvise

steps:
           P0: a = mmap 512p rw private anon
           P0: madvise a MADV_HUGEPAGE
   device: private0: write P0.a[0:256] 0x10
  device2: private0: write P0.a[256:512] 0x11
      own: P0: read a

expect v6.1:
  device  = ok
  device2 = ok
  own     = 0x10*256 0x11*256

never: bad-page-map, bad-rss-counter, bug, warn
