linuxmm-scenario 1
name:    dontneed-returns-device-page
intent:  MADV_DONTNEED takes a page away wherever it is: the driver gets its page back.

machine:
  node0 512M
  coherent0 256M

steps:
        P0: a = mmap 2p rw private anon
        P0: write a 0x5a
        coherent0: migrate P0.a[0]
  zap:  P0: madvise a MADV_DONTNEED
  none: P0: pages a
  data: P0: read a

# facts/page-lookup.md, row "MADV_DONTNEED, munmap": back to the driver, rss - 1
expect *:
  zap  = 0
  none = none*2
  data = 0*2

never: device-return
