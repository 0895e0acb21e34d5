linuxmm-scenario 1
name:    memcg
intent:  Pages of two control groups: of a process that has moved without its charges, and of the
         child that stays; what is freed is uncharged where it was charged.

machine:
  node0 512M
  cgroup g1
  cgroup g2

steps:
      P0: cgroup_procs g1
      P0: a = mmap 2p
      P0: write a 0x11
      P0: P1 = fork
      P0: cgroup_procs g2
      P0: write a[0] 0x22
  r1: P0: memory_stat g1 anon
  r2: P0: memory_stat g2 anon
      P1: exit
  r3: P0: memory_stat g1 anon

expect *:
  r1 = anon=8192
  r2 = anon=4096
  r3 = anon=4096

never: memcg
