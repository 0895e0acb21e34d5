linuxmm-scenario 1
name:    memcg-move-kinds
intent:  Which charges go along with a process: anonymous pages, coherent ones too, files where bit 2 says so; the zero page and DAX are charged to nobody.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  dax0 64M
  memcg v1

steps:
  P0: cgroup_procs g1
  P0: a = mmap 4p
  P0: write a 0x1
  P0: f = file 3p
  P0: b = mmap f rw shared
  P0: read b
  P0: d = mmap 1p rw shared dax0
  P0: read d
  P0: z = mmap 1p
  P0: read z
  coherent0: migrate P0.a[0:2]
  P0: memory_stat g1 rss cache mapped_file shmem
  P0: move_charge_at_immigrate g2 1
  P0: cgroup_procs g2
  P0: memory_stat g1 rss cache mapped_file
  P0: memory_stat g2 rss cache
  P0: move_charge_at_immigrate g3 3
  P0: cgroup_procs g3
  P0: memory_stat g1 rss cache
  P0: memory_stat g2 rss cache
  P0: memory_stat g3 rss cache mapped_file
