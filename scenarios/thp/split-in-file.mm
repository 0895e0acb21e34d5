linuxmm-scenario 1
name:    thp-split-in-file
intent:  The path of a file and its pages: huge pages of its cache are split, mapped or not.

machine:
  node0 512M
  thp madvise
  shmem_enabled always

steps:
      P0: f = memfd_create 1536p
      P0: pwrite f 0x11
      P0: a = mmap f rw shared
      P0: read a[0]
      P0: read a[512]
      P0: read a[1024]
  r1: P0: meminfo ShmemHugePages ShmemPmdMapped
  r2: P0: split_huge_pages f[700:1030]
  r3: P0: meminfo ShmemHugePages ShmemPmdMapped
  r4: P0: smaps a Rss ShmemPmdMapped
  r5: P0: split_huge_pages a
  r6: P0: meminfo ShmemHugePages ShmemPmdMapped
  r7: P0: read a[1023:1026]
      P0: g = file 4p
  r8: P0: split_huge_pages g

expect v6.1:
  r1 = ShmemHugePages=6144 ShmemPmdMapped=6144
  r2 = 0
  r3 = ShmemHugePages=4096 ShmemPmdMapped=4096
  r4 = Rss=4096 ShmemPmdMapped=4096
  r5 = 0
  r6 = ShmemHugePages=0 ShmemPmdMapped=0
  r7 = 0x11*3
  r8 = 0
