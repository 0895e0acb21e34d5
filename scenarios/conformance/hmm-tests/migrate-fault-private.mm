linuxmm-scenario 1
name:    hmm-tests-migrate-fault-private
intent:  hmm-tests migrate_fault: half the pages are touched and the whole range migrated again:
         everything is on the device afterwards.

machine:
  node0 512M
  private0 256M

steps:
         P0: a = mmap 8p rw private anon
         P0: write a 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17
  moved: private0: migrate P0.a
   half: P0: read a[0:4]
    mix: private0: migrate P0.a
  there: private0: snapshot P0.a
    own: P0: read a

# The selftest keeps the device open, and its mirror still has the pages that never left: the call
# gives 0. Each step here opens the device anew with an empty mirror, so that reading the pages back
# gives -ENOENT (lib/test_hmm.c:dmirror_do_read), although all that could move did.
expect v6.1:
  moved  = cpages=8 ...
  half   = 0x10 0x11 0x12 0x13
  mix    = -ENOENT
  there  = write,private-local*8
  own    = 0x10 0x11 0x12 0x13 0x14 0x15 0x16 0x17

never: bad-page-map, bad-rss-counter, bug, warn
