linuxmm-scenario 1
name:    page-follows-its-task
intent:  The scan makes remote pages PROT_NONE; the next access moves them to the task's node.

machine:
  node0 512M
  node1 512M
  cpus 2
  sysctl kernel.numa_balancing = 1

steps:
           P0: a = mmap 2p rw private anon
           P0 on cpu1: write a 0x8
           drain
           numa: scan P0
           P0: read a[0]
   where:  P0: move_pages a
   counts: P0: vmstat numa_pte_updates numa_hint_faults numa_pages_migrated

# facts/mprotect-and-numa.md: tests per entry (the node is right: skipped), hint fault, counters
expect *:
  counts = numa_pte_updates=2 numa_hint_faults=1 numa_pages_migrated=1
expect v5.17-coherent:
  where  = node0 node1
expect split-v1:
  where  = node0 node1
expect v6.1:
  where  = node0 -ENOENT          # page 1 is still hinted: 6.1's follow_page does not see it

never: bad-page-map, bug, warn, isolated
