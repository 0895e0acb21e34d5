linuxmm-scenario 1
name:    memcg-v2-reclaim-file
intent:  Pages of a file go, mapped or not, anonymous ones stay where there is no swap; freed lazily they go.

machine:
  node0 512M
  node1 512M
  cgroup g1

steps:
  P0: cgroup_procs g1
  P0: f = file 40p
  P0: b = mmap f rw shared
  P0: read b
  P0: read b[0:4]
  P0: memory_stat g1
  P0: memory_reclaim g1 64
  P0: memory_stat g1
  P0: read b[0]
  P0: memory_stat g1
  P0: memory_reclaim g1 64
  P0: a = mmap 6p
  P0: write a 0x7
  P0: memory_reclaim g1 32
  P0: memory_stat g1
  P0: madvise a[0:3] MADV_FREE
  P0: memory_reclaim g1 32
  P0: memory_stat g1
  P0: memory_current g1
