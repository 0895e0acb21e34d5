linuxmm-scenario 1
name:    refused-mapping
intent:  A name whose mmap was refused is a place where nothing is mapped, for every step; so it
         is with a locked mapping of a process that may lock nothing.

machine:
  node0 512M
  rlimit memlock 0
  unprivileged

steps:
  no:    P0: a = mmap 3p rw private anon locked
         P0: b = mmap 2p rw private anon
         P0: write b 0x1
  cold:  P0: madvise a MADV_COLD
  lock:  P0: mlock a
  where: P0: move_pages a[1:3]
  rss:   P0: smaps a Rss
  none:  P0: pages a
  prot:  P0: mprotect a r
  gone:  P0: munmap a
         P0: P1 = fork
  segv:  P1: read a[1]
  other: P0: read b

# mm/mmap.c:do_mmap, can_do_mlock: -EPERM before the limit is looked at; the rest are the answers
# of a hole (madvise(2), mprotect(2), move_pages(2))
expect *:
  no    = -EPERM
  cold  = -ENOMEM
  lock  = -EPERM
  where = -EFAULT*2
  rss   = -EFAULT
  none  = none*3
  prot  = -ENOMEM
  gone  = 0
  segv  = SIGSEGV@0
  other = 0x1*2
