linuxmm-scenario 1
name:    hugetlb-file
intent:  A file of huge pages: its size is one of whole pages, it is read and not written by system
         call, and what a shared mapping was promised stays promised when the mapping goes.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 6

steps:
         P0: f = memfd_create 1024p MFD_HUGETLB
  empty: P0: pread f[510:514]
  wrote: P0: pwrite f[0] 0x1
   sync: P0: fsync f
         P0: a = mmap f shared
  promised: P0: meminfo HugePages_Rsvd HugePages_Free
         P0: write a[3] 0x13
    one: P0: meminfo HugePages_Rsvd HugePages_Free
         P0: munmap a
  stays: P0: meminfo HugePages_Rsvd HugePages_Free
    got: P0: pread f[2:5]
         P0: b = mmap f[0:512] r shared
   same: P0: read b[3]
  twice: P0: meminfo HugePages_Rsvd HugePages_Free
     up: P0: ftruncate f 513p
   down: P0: ftruncate f 512p
   less: P0: meminfo HugePages_Rsvd HugePages_Free
  short: P0: pread f[511:514]
         P0: c = mmap f[512:1024] r shared
  behind: P0: read c[0]

expect v6.1:
  empty = 0x0*4
  wrote = -EINVAL
  sync  = 0
  promised = HugePages_Rsvd=2 HugePages_Free=0
  one   = HugePages_Rsvd=1 HugePages_Free=-1
  stays = HugePages_Rsvd=1 HugePages_Free=-1
  got   = 0x0 0x13 0x0
  same  = 0x13
  twice = HugePages_Rsvd=1 HugePages_Free=-1
  up    = -EINVAL
  down  = 0
  less  = HugePages_Rsvd=0 HugePages_Free=-1
  behind = SIGBUS@0

never: bad-page-map, bad-rss-counter, bug, warn
