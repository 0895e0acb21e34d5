linuxmm-scenario 1
name:    locks
intent:  Functions that take locks and give them back, on every way out.

steps:
      P0: a = mmap 2p rw private anon
      P0: write a[0] 0x11
  r1: P0: move_pages a
  r2: P0: madvise a MADV_COLD
      P0: P1 = fork
      P1: write a[0] 0x22
  r3: P0: munmap a

expect *:
  r1 = node0 -EFAULT
  r2 = 0
  r3 = 0

never: locks
