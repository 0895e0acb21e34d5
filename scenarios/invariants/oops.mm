linuxmm-scenario 1
name:    oops
intent:  Lookups that give no page, and calls that go on without one.

steps:
      P0: a = mmap 2p rw private anon
      P0: write a[0] 0x11
      P0: mprotect a r
      P0: read a
  r1: P0: move_pages a
  r2: P0: move_pages a node0

expect *:
  r1 = node0 -EFAULT
  r2 = node0 -EFAULT

never: oops
