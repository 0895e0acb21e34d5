linuxmm-scenario 1
name:    gate-xonly
intent:  A boot with vsyscall=xonly has an area without an entry: it is listed and executed, and
         nobody reads it, get_user_pages neither.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  boot vsyscall=xonly

steps:
          P0: v = vsyscall
  area:   P0: smaps v Size Rss VmFlags
  nodes:  P0: numa_maps v
  pm:     P0: pagemap v
  flags:  P0: kpageflags v
  got:    P0: g = get v
  data:   P0: read g
          P0: put g
  wr:     P0: h = get v FOLL_WRITE
  long:   P0: p = pin v FOLL_LONGTERM
          P0: unpin p
  forced: P0: d = pin v FOLL_FORCE
  fast:   P0: f = get_fast v
  one:    P0: follow_page v FOLL_GET
  where:  P0: move_pages v
  move:   P0: move_pages v node1
  inc:    P0: mincore v
  lock:   P0: mlock v
  prot:   P0: mprotect v r
  unmap:  P0: munmap v
  cold:   P0: madvise v MADV_COLD
  fill:   P0: madvise v MADV_POPULATE_READ
  split:  P0: split_huge_pages v
  dev:    coherent0: migrate P0.v
  hmm:    coherent0: read P0.v
  look:   coherent0: snapshot P0.v
          P0: P1 = fork
  load:   P1: read v
          P0: P2 = fork
  store:  P2: write v 0x1
  other:  P0: process_madvise P0.v MADV_COLD

expect *:
  area   = Size=4 Rss=0 VmFlags=ex
  nodes  = -EFAULT
  pm     = none
  flags  = none
  got    = -EFAULT
  data   = -EINVAL
  wr     = -EFAULT
  long   = -EFAULT
  forced = -EFAULT
  fast   = -EFAULT
  one    = -EFAULT
  where  = -EFAULT
  move   = -EFAULT
  inc    = -ENOMEM
  lock   = -ENOMEM
  prot   = -ENOMEM
  unmap  = -EINVAL
  cold   = -ENOMEM
  split  = 0
  dev    = -EINVAL
  hmm    = -EFAULT
  look   = error
  load   = SIGSEGV@0
  store  = SIGSEGV@0
  other  = -EFAULT
