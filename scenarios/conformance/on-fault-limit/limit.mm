linuxmm-scenario 1
name:    on-fault-limit-limit
intent:  on-fault-limit test_limit: MCL_ONFAULT does not lift RLIMIT_MEMLOCK: mapping twice the
         limit fails.

machine:
  node0 512M
  rlimit memlock 64K
  unprivileged

steps:
  lock: P0: mlockall MCL_ONFAULT MCL_FUTURE
   map: P0: a = mmap 32p rw private anon populate

expect v6.1:
  lock = 0
  map  = {-EAGAIN|-ENOMEM|-EPERM}

never: bad-page-map, bad-rss-counter, bug, warn
