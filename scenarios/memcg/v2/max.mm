linuxmm-scenario 1
name:    memcg-v2-max
intent:  Without swap and files the page behind memory.max ends the group's only process.

machine:
  node0 512M
  node1 512M
  cgroup g1
  cgroup g2 1M in g1

steps:
      P0: cgroup_procs g1
      P0: cgroup_procs g2
      P0: a = mmap 300p
      P0: write a[0:250] 0x1
      P0: memory_current g2
      P0: munmap a[0:20]
      P0: write a[250:270] 0x1
      P0: memory_current g1
  oom: P0: write a[270:300] 0x1

expect *:
  oom = SIGKILL@6
