linuxmm-scenario 1
name:    hugetlb-file-private
intent:  A private mapping of a file of huge pages has promises of its own beside the file's; the
         child has none, and a hole takes its copies too.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 6

steps:
         P0: f = memfd_create 1024p MFD_HUGETLB
         P0: fallocate f[0:512]
  filled: P0: meminfo HugePages_Rsvd HugePages_Free
         P0: s = mmap f shared
  shared: P0: meminfo HugePages_Rsvd HugePages_Free
         P0: write s[1] 0x21
         P0: a = mmap f private
  private: P0: meminfo HugePages_Rsvd HugePages_Free
    see: P0: read a[0:3]
  seen:  P0: meminfo HugePages_Rsvd HugePages_Free
  whose: P0: pages a[0:2]
         P0: write a[1] 0x31
  copied: P0: meminfo HugePages_Rsvd HugePages_Free
         P0: write a[513] 0x32
  alone: P0: meminfo HugePages_Rsvd HugePages_Free
    two: P0: read s[1]
         P0: P1 = fork
         P1: write P1.a[1] 0x41
  child: P0: meminfo HugePages_Rsvd HugePages_Free
   mine: P0: read a[0:2]
   part: P0: fallocate f[1:512] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
  zeroed: P0: read s[0:3]
  stays: P0: read a[0:3]
   hole: P0: fallocate f FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
   none: P0: meminfo HugePages_Rsvd HugePages_Free
  after: P1: read P1.a[1]
  again: P0: read a[1]
  maps:  P0: numa_maps a
  roll:  P0: smaps a Private_Hugetlb Shared_Hugetlb

expect v6.1:
  filled  = HugePages_Rsvd=0 HugePages_Free=-1
  shared  = HugePages_Rsvd=1 HugePages_Free=-1
  private = HugePages_Rsvd=3 HugePages_Free=-1
  see     = 0x0 0x21 0x0
  seen    = HugePages_Rsvd=3 HugePages_Free=-1
  copied  = HugePages_Rsvd=2 HugePages_Free=-2
  alone   = HugePages_Rsvd=1 HugePages_Free=-3
  two     = 0x21
  child   = HugePages_Rsvd=1 HugePages_Free=-4
  mine    = 0x0 0x31
  part    = 0
  zeroed  = 0x0*3
  stays   = 0x0 0x31 0x0
  hole    = 0
  none    = HugePages_Rsvd=1 HugePages_Free=0

never: bad-page-map, bad-rss-counter, bug, warn
