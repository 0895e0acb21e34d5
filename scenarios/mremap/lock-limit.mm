linuxmm-scenario 1
name:    mremap-lock-limit
intent:  A locked area does not grow beyond RLIMIT_MEMLOCK; as long as it was it moves all the same.

machine:
  rlimit memlock 32K
  unprivileged

steps:
        P0: a = mmap 6p rw private anon
        P0: mlock a
  big:  P0: b = mremap a 9p MREMAP_MAYMOVE
        P0: c = mremap a 8p MREMAP_MAYMOVE
  full: P0: status VmLck
  same: P0: d = mremap c 8p MREMAP_MAYMOVE MREMAP_FIXED
  one:  P0: e = mremap d[7] 2p MREMAP_MAYMOVE

# Debian 6.1 in the virtual machine
expect v6.1:
  big  = -EAGAIN
  full = VmLck=32
  same = ok
  one  = -EAGAIN

never: bad-page-map, bad-rss-counter, bug, warn
