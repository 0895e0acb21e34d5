linuxmm-scenario 1
name:    memcg-v2-absent
intent:  A group that the machine has not, and a file of cgroup v1.

machine:
  node0 512M
  cgroup g1

steps:
  P0: cgroup_procs g2
  P0: memory_stat g2
  P0: memory_current g3
  P0: move_charge_at_immigrate g1 1
