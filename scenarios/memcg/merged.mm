linuxmm-scenario 1
name:    memcg-move-merged
intent:  A merged page is charged once; the copies that a write makes are charged to the writer's group, and locked or pinned pages move like others.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  ksm run = 1
  memcg v1

steps:
  P0: move_charge_at_immigrate g2 1
  P0: cgroup_procs g1
  P0: a = mmap 4p
  P0: write a 0x5a
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 3
  P0: memory_stat g1 rss cache
  P0: cgroup_procs g2
  P0: memory_stat g1 rss cache
  P0: memory_stat g2 rss cache
  P0: write a[1] 0x1
  P0: memory_stat g2 rss cache
  P0: b = mmap 2p
  P0: write b 0x7
  P0: mlock b[0]
  P0: k = pin b[1] FOLL_WRITE
  P0: move_charge_at_immigrate g3 1
  P0: cgroup_procs g3
  P0: memory_stat g2 rss
  P0: memory_stat g3 rss
  P0: unpin k
