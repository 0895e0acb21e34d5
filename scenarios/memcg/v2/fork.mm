linuxmm-scenario 1
name:    memcg-v2-fork
intent:  What a child shares is its parent's; its copies are charged where it is then.

machine:
  node0 512M
  node1 512M
  cgroup g1
  cgroup g2

steps:
  P0: cgroup_procs g1
  P0: a = mmap 4p
  P0: write a 0x1
  P0: k = pin a[3] FOLL_WRITE
  P0: P1 = fork
  P0: memory_stat g1
  P1: cgroup_procs g2
  P1: write a[0] 0x2
  P0: memory_stat g1
  P0: memory_stat g2
  P1: b = mmap 2p
  P1: write b 0x2
  P0: write a[1] 0x3
  P1: read a[1]
  P0: munmap a
  P0: memory_stat g1
  P0: memory_stat g2
  P0: unpin k
  P1: exit
  P0: memory_current g1
  P0: memory_current g2
