linuxmm-scenario 1
name:    memcg-v2-huge
intent:  A huge page is charged whole, stays so while a part of it is mapped, and its parts are charged once it is split.

machine:
  node0 512M
  node1 512M
  thp always
  cgroup g1
  cgroup g2

steps:
  P0: cgroup_procs g1
  P0: a = mmap 1024p
  P0: write a[0] 0x1
  P0: memory_stat g1
  P0: memory_current g1
  P0: cgroup_procs g2
  P0: write a[512] 0x1
  P0: memory_stat g2
  P0: munmap a[3:5]
  P0: memory_stat g1
  P0: move_pages a[600] node1
  P0: memory_stat g2
  P0: mprotect a[520] r
  P0: memory_stat g2
  P0: munmap a[0:512]
  P0: memory_current g1
  P0: P1 = fork
  P1: write a[700] 0x7
  P0: memory_stat g2
  P1: exit
  P0: memory_current g2
