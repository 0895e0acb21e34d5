linuxmm-scenario 1
name:    split_huge_page_test-file-backed-thp
intent:  split_huge_page_test split_file_backed_thp: the path of a file splits the huge page that
         a write to it made.

machine:
  node0 512M
  shmem_enabled always

steps:
         P0: f = memfd_create 1024p
         P0: pwrite f[0] 0x11
  whole: P0: meminfo ShmemHugePages
    ret: P0: split_huge_pages f
  split: P0: meminfo ShmemHugePages
  there: P0: pread f[0:2]

expect v6.1:
  whole = ShmemHugePages=2048
  ret   = 0
  split = ShmemHugePages=0
  there = 0x11 0x0

never: bad-page-map, bad-rss-counter, bug, warn
