linuxmm-scenario 1
name:    coherent-page-is-hinted-in-vain
intent:  Before the lookup was split each scan made coherent pages PROT_NONE, and each access paid
         a fault for a migration that could not happen.

machine:
  node0 512M
  node1 512M
  coherent0 256M node1
  cpus 2
  sysctl kernel.numa_balancing = 1

steps:
           P0: a = mmap 1p rw private anon
           P0 on cpu1: write a 0x8
           coherent0: migrate P0.a
           drain
           numa: scan P0
           P0: read a
   where:  P0: pages a
   counts: P0: vmstat numa_pte_updates numa_hint_faults numa_pages_migrated

# facts/page-lookup.md, row "NUMA scanner": PROT_NONE, hint fault, never moved; or untouched
expect *:
  where  = dev:x
expect v5.17-coherent:
  counts = numa_pte_updates=1 numa_hint_faults=1 numa_pages_migrated=0
expect split-v1:
  counts = numa_pte_updates=0 numa_hint_faults=0 numa_pages_migrated=0
expect v6.1:
  counts = numa_pte_updates=0 numa_hint_faults=0 numa_pages_migrated=0

never: bad-page-map, bug, warn, isolated
