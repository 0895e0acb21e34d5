linuxmm-scenario 1
name:    limits
intent:  RLIMIT_MEMLOCK counts pages of locked areas once, and holes end the call.

machine:
  node0 512M
  rlimit memlock 8K
  unprivileged

steps:
        P0: a = mmap 4p rw private anon
  many: P0: mlock a
  two:  P0: mlock a[0:2]
  same: P0: mlock a[0:2]
  next: P0: mlock a[1:3]
        P0: munlock a
        P0: munmap a[1]
  hole: P0: mlock a[0:2]

# facts/mlock.md: more than the limit -ENOMEM, a hole -ENOMEM
expect *:
  many = -ENOMEM
  two  = 0
  same = 0
  next = -ENOMEM
  hole = -ENOMEM
