linuxmm-scenario 1
name:    watched-shmem
intent:  Shared memory whose writes are watched is mapped read-only by then, and mprotect gives no
         entry its write bit back, dirty or not: only for a file system that asks to be told it does.

steps:
        P0: a = mmap 2p rw shared anon
        P0: f = file 2p
        P0: b = mmap f rw shared
        P0: write a 0x11
        P0: write b 0x11
        P0: clear_refs 4
        P0: write a[0] 0x22
        P0: write b[0] 0x22
        P0: mprotect a r
        P0: mprotect b r
        P0: mprotect a rw
        P0: mprotect b rw
  map:  P0: pagemap a
  bmap: P0: pagemap b

expect *:
  map = PFXD PFX
  bmap = PFXD PFX
