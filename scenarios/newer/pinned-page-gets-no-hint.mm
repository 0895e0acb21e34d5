linuxmm-scenario 1
name:    pinned-page-gets-no-hint
intent:  NUMA balancing leaves a pinned page alone, for it cannot move; that of a shared mapping it
         made PROT_NONE until 6.18, and paid a fault for nothing.

machine:
  node0 512M
  node1 512M
  cpus 2
  sysctl kernel.numa_balancing = 1

steps:
           P0: a = mmap 2p rw shared anon
           P0 on cpu1: write a 0x11
           drain
           P0: h = pin a[0] FOLL_WRITE
           numa: scan P0
   hints:  P0: vmstat numa_pte_updates
           P0: unpin h

# mm/mempolicy.c:folio_can_map_prot_numa; before, mm/mprotect.c:prot_numa_skip asked this of private
# mappings alone
expect v6.18:
  hints = numa_pte_updates=2

expect v7.1:
  hints = numa_pte_updates=1
