linuxmm-scenario 1
name:    memcg-v2-swap
intent:  A page that goes to swap is uncharged; it comes back to the group that had it, whoever reads it.

machine:
  node0 512M
  node1 512M
  swap 64M zram
  cgroup g1
  cgroup g2

steps:
  P0: cgroup_procs g1
  P0: a = mmap 4p
  P0: write a 0x1
  P0: s = mmap 2p rw shared anon
  P0: write s 0x2
  P0: memory_stat g1
  P0: madvise a MADV_PAGEOUT
  P0: madvise s MADV_PAGEOUT
  P0: memory_stat g1
  P0: memory_current g1
  P0: cgroup_procs g2
  P0: read a[0]
  P0: write a[1] 0x3
  P0: read s[0]
  back: P0: memory_stat g1
  P0: memory_stat g2
  P0: P1 = fork
  P1: read a[2]
  P1: write a[2] 0x4
  P0: read a[2]
  P0: memory_stat g1
  P0: memory_stat g2
  P0: munmap a
  P1: exit
  P0: memory_current g1
  P0: memory_current g2
