linuxmm-scenario 1
name:    memcg-v2-files
intent:  A page of a file is charged to who brings it into the cache, by read, write or fault, and stays after who brought it has left.

machine:
  node0 512M
  node1 512M
  cgroup g1
  cgroup g2

steps:
  P0: cgroup_procs g1
  P0: f = file 4p
  P0: pread f[0:2]
  P0: memory_stat g1
  P0: cgroup_procs g2
  P0: pwrite f[3] 0x7
  P0: b = mmap f rw shared
  P0: read b
  P0: memory_stat g1
  P0: memory_stat g2
  P0: s = memfd_create 4p
  P0: pwrite s[0] 0x9
  P0: c = mmap s rw shared
  P0: write c[1] 0x9
  P0: read c[2]
  P0: memory_stat g2
  P0: fallocate s[0] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
  P0: memory_stat g2
  P0: munmap b
  P0: memory_stat g2
  P0: memory_current g1
  P0: memory_current g2
