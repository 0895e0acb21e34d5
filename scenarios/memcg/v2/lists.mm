linuxmm-scenario 1
name:    memcg-v2-lists
intent:  The LRU lists of a group: read twice, locked, told to be cold or free.

machine:
  node0 512M
  node1 512M
  cgroup g1

steps:
  P0: cgroup_procs g1
  P0: a = mmap 8p
  P0: write a 0x1
  P0: memory_stat g1
  P0: mlock a[0:2]
  P0: memory_stat g1
  P0: madvise a[2:4] MADV_COLD
  P0: madvise a[4:6] MADV_FREE
  P0: memory_stat g1
  P0: munlock a[0:2]
  P0: memory_stat g1
  P0: f = file 4p
  P0: b = mmap f rw shared
  P0: read b
  P0: memory_stat g1
  P0: write b[0] 0x2
  P0: madvise b MADV_COLD
  P0: madvise b[1] MADV_PAGEOUT
  P0: memory_stat g1
  P0: read b[1]
  P0: memory_stat g1
  P0: mlock b
  P0: memory_stat g1
