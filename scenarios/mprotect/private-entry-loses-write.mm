linuxmm-scenario 1
name:    private-entry-loses-write
intent:  mprotect reaches a page on a private device through its non-present entry: the write is
         taken away there, and the next write brings the page home first.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x5
          private0: migrate P0.a
          P0: mprotect a r
   there: P0: pages a
          P0: mprotect a rw
   still: P0: pages a
          P0: write a 0x6
   home:  P0: pages a
   data:  P0: read a

# facts/mprotect-and-numa.md: writable device-private entries lose their write permission, a fault
# gives it back; facts/real-kernels.md: DEVICE_PRIVATE reads as swap with X
expect *:
  there = swap:x
  still = swap:x
  home  = ram:x
  data  = 0x6

never: bad-page-map, bad-rss-counter, bug, warn
