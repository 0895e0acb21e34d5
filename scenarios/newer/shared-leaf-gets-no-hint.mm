linuxmm-scenario 1
name:    shared-leaf-gets-no-hint
intent:  A huge page that a child shares since fork is no candidate for NUMA balancing in 7.1, as a
         small one is none; of the page of a leaf nothing was asked before.

machine:
  node0 512M
  node1 512M
  cpus 2
  sysctl kernel.numa_balancing = 1
  thp always

steps:
           P0: a = mmap 512p
           P0 on cpu1: write a 0x11
           P0: P1 = fork
           numa: scan P0
   hints:  P0: vmstat numa_pte_updates
           P1: exit
           numa: scan P0
   alone:  P0: vmstat numa_pte_updates

# mm/huge_memory.c:change_huge_pmd; a leaf counts as its 512 pages (mm/mempolicy.c:change_prot_numa)
expect v6.18:
  hints = numa_pte_updates=512
  alone = numa_pte_updates=512

expect v7.1:
  hints = numa_pte_updates=0
  alone = numa_pte_updates=512
