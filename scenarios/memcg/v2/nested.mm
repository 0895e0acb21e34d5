linuxmm-scenario 1
name:    memcg-v2-nested
intent:  A group counts what is below it; no process lives where groups with the controller are below.

machine:
  node0 512M
  node1 512M
  cgroup g1
  cgroup g2 in g1
  cgroup g3 in g2

steps:
  P0: cgroup_procs g1
  P0: cgroup_procs g2
  P0: cgroup_procs g3
  P0: a = mmap 3p
  P0: write a 0x1
  P0: memory_stat g1
  P0: memory_stat g2
  P0: memory_stat g3
  P0: memory_current g1
  P0: memory_current g3
  P0: move_charge_at_immigrate g3 1
  P0: cgroup_procs root
  P0: b = mmap 1p
  P0: write b 0x1
  P0: memory_current g1
  P0: munmap a
  P0: memory_current g1
