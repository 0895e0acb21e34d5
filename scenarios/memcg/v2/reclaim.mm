linuxmm-scenario 1
name:    memcg-v2-reclaim
intent:  All of a group goes to swap, used or not, shared or not; it comes back inactive, for the group's lists are empty.

machine:
  node0 512M
  node1 512M
  swap 64M zram
  cgroup g1
  cgroup g2

steps:
  P0: cgroup_procs g1
  P0: a = mmap 40p
  P0: write a 0x1
  P0: s = mmap 8p rw shared anon
  P0: write s 0x2
  P0: mlock a[0:2]
  P0: memory_stat g1
  P0: memory_reclaim g1 64
  P0: memory_stat g1
  P0: memory_current g1
  P0: pages a
  P0: read a[3]
  P0: write a[4] 0x3
  P0: memory_stat g1
  P0: read s[1]
  P0: memory_stat g1
  P0: munmap a[0:2]
  P0: memory_reclaim g1 32
  P0: memory_reclaim g2 32
  P0: memory_stat g1
