linuxmm-scenario 1
name:    hugetlb-file-sizes
intent:  fallocate takes huge pages for every part of one, gives a size that need be none of whole
         pages, and says -ENOSPC when what is free is promised; mmap makes a file longer only where
         it may write.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 4

steps:
         P0: f = memfd_create 512p MFD_HUGETLB
   long: P0: fallocate f[0:512] FALLOC_FL_KEEP_SIZE
         P0: ftruncate f 1536p
   grow: P0: fallocate f[0:512]
   zero: P0: fallocate f[0:512] FALLOC_FL_ZERO_RANGE
   less: P0: ftruncate f 512p
         P0: fallocate f FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
         P0: g = memfd_create 1024p MFD_HUGETLB
         P0: ftruncate g 512p
   part: P0: fallocate g[3:600]
   took: P0: meminfo HugePages_Free
   ends: P0: pread g[510:700]
         P0: h = memfd_create 1024p MFD_HUGETLB
         P0: a = mmap h shared
   all:  P0: meminfo HugePages_Rsvd HugePages_Free
         P0: i = memfd_create 512p MFD_HUGETLB
   full: P0: fallocate i
  mapped: P0: b = mmap i shared
  unpromised: P0: c = mmap i shared noreserve
  sigbus: P0: read c[0]

expect v6.1:
  long  = 0
  grow  = 0
  zero  = -EOPNOTSUPP
  part  = 0
  took  = HugePages_Free=-2
  all   = HugePages_Rsvd=2 HugePages_Free=-2
  full  = -ENOSPC
  mapped = -ENOMEM
  sigbus = SIGBUS@0

never: bad-page-map, bad-rss-counter, bug, warn
