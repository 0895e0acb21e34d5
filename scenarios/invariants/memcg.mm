linuxmm-scenario 1
name:    memcg
intent:  Pages of two control groups: of a process that has moved without its charges, and of the
         child that stays; what is freed is uncharged where it was charged.

machine:
  node0 512M
  memcg v1

steps:
      P0: cgroup_procs g1
      P0: a = mmap 2p
      P0: write a 0x11
      P0: P1 = fork
      P0: cgroup_procs g2
      P0: write a[0] 0x22
  r1: P0: memory_stat g1 rss
  r2: P0: memory_stat g2 rss
      P1: exit
  r3: P0: memory_stat g1 rss

expect v6.1:
  r1 = rss=8192
  r2 = rss=4096
  r3 = rss=4096

never: memcg
