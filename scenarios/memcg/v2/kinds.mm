linuxmm-scenario 1
name:    memcg-v2-kinds
intent:  Each kind of page where it is charged; the zero page, DAX and what another group has read first are nobody's or stay the other's. Charges stay when the process goes.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  dax0 64M
  cgroup g1
  cgroup g2

steps:
  P0: cgroup_procs g1
  P0: a = mmap 4p
  P0: write a 0x1
  P0: f = file 3p
  P0: b = mmap f rw shared
  P0: read b
  P0: c = mmap f rw private
  P0: write c[0] 0x2
  P0: s = mmap 2p rw shared anon
  P0: write s 0x3
  P0: d = mmap 1p rw shared dax0
  P0: read d
  P0: z = mmap 1p
  P0: read z
  all: P0: memory_stat g1
  now: P0: memory_current g1
  P0: cgroup_procs g2
  P0: memory_stat g2
  coherent0: migrate P0.a[0:2]
  P0: memory_stat g1
  P0: write a[0:2] 0x4
  coherent0: migrate_to_sys P0.a[0:2]
  P0: memory_stat g1
  P0: memory_current g1
  P0: munmap a
  P0: munmap c
  P0: memory_stat g1
  P0: e = mmap 2p
  P0: write e 0x5
  P0: memory_stat g2
  P0: memory_current g2
  P0: cgroup_procs root
  P0: memory_current g1
  P0: memory_current g2
