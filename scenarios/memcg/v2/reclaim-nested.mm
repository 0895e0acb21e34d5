linuxmm-scenario 1
name:    memcg-v2-reclaim-nested
intent:  What a group is asked for the groups below it give too, pages of a device excepted.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  swap 64M zram
  cgroup g1
  cgroup g2 in g1
  cgroup g3 in g1

steps:
  P0: cgroup_procs g2
  P0: a = mmap 6p
  P0: write a 0x5a
  P0: cgroup_procs g3
  P0: c = mmap 4p
  P0: write c 0x1
  coherent0: migrate P0.c[0:2]
  P0: memory_stat g1
  P0: memory_reclaim g2 64
  P0: memory_stat g1
  P0: memory_reclaim g1 64
  P0: memory_stat g1
  P0: read a
  P0: memory_stat g2
  P0: memory_stat g3
