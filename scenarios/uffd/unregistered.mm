linuxmm-scenario 1
name:    unregistered
intent:  Entries of shared memory that userfaultfd has watched stay read-only when nobody watches any
         more; a page that moves then comes back read-only, or writable as the area is.

machine:
  node0 512M
  node1 512M

steps:
          P0: f = memfd_create 2p
          P0: a = mmap f rw shared
          P0: write a 0x11
          P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
          P0: uffdio_unregister a
          drain
          P0: move_pages a[0] node1
  faults: P0: vmstat pgfault
          P0: write a[0] 0x22
  moved:  P0: vmstat pgfault
          P0: write a[1] 0x22
  stayed: P0: vmstat pgfault
          P0: g = memfd_create 2p
          P0: b = mmap g rw shared
          P0: write b 0x11
          P0: userfaultfd b UFFDIO_REGISTER_MODE_WP
          P0: uffdio_writeprotect b UFFDIO_WRITEPROTECT_MODE_WP
          P0: c = mremap b 2p MREMAP_MAYMOVE MREMAP_FIXED
          drain
          P0: move_pages c[0] node1
  before: P0: vmstat pgfault
          P0: write c[0] 0x22
  came:   P0: vmstat pgfault
          P0: write c[1] 0x22
  was:    P0: vmstat pgfault

expect *:
  faults = pgfault=2
  moved = pgfault=2
  came = pgfault=5
  was = pgfault=6
expect v6.1:
  stayed = pgfault=2
  before = pgfault=4
expect debian-6.12:
  stayed = pgfault=3
  before = pgfault=5
