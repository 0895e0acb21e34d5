linuxmm-scenario 1
name:    process-to-another-node
intent:  migrate_pages(2) takes all that a process has on some nodes to others, shared pages too
         with the privilege; what is pinned stays and is counted, device memory is not met.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  cpus 2

steps:
         P0: a = mmap 4p rw private anon
         P0: write a 0x5a
         drain
         P0: h = pin a[1] FOLL_WRITE
         coherent0: migrate P0.a[2]
         P0: P1 = fork
  all:   P0: migrate_pages from node0 to node1
  where: P0: numa_maps a
  child: P1: move_pages a[0]
  back:  P0: migrate_pages from node1 to node0
  again: P0: move_pages a[3]
  self:  P0: migrate_pages from node0 to node0
  far:   P0: migrate_pages from node0 to node5

expect *:
  all   = 1
  where = anon=3 dirty=3 mapmax=2 active=0 N0=1 N1=2
  child = node1
  back  = 0
  again = node0
  self  = 0
  far   = -EINVAL

never: bad-page-map, bug, warn, isolated
