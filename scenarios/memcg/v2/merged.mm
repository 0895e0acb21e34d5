linuxmm-scenario 1
name:    memcg-v2-merged
intent:  A merged page is charged once, to the group of the page that stayed; copies go to the writer's group.

requires: ksm

machine:
  node0 512M
  node1 512M
  ksm run = 1
  cgroup g1
  cgroup g2

steps:
  P0: cgroup_procs g1
  P0: a = mmap 4p
  P0: write a 0x5a
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 3
  P0: memory_stat g1
  P0: cgroup_procs g2
  P0: write a[1] 0x1
  P0: memory_stat g1
  P0: memory_stat g2
  P0: move_pages a[2] node1 MPOL_MF_MOVE_ALL
  P0: memory_current g1
  P0: munmap a
  P0: memory_current g1
