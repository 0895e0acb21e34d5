linuxmm-scenario 1
name:    memcg-v2-huge-swap
intent:  A huge page in swap, and pages of it that come back to its group one by one.

machine:
  node0 512M
  node1 512M
  swap 64M zram
  thp always
  cgroup g1
  cgroup g2

steps:
  P0: cgroup_procs g1
  P0: a = mmap 512p
  P0: write a 0x1
  P0: madvise a MADV_PAGEOUT
  P0: memory_stat g1
  P0: cgroup_procs g2
  P0: read a[0:3]
  P0: memory_stat g1
  P0: memory_current g2
