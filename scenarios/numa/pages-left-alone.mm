linuxmm-scenario 1
name:    pages-left-alone
intent:  The scan leaves pages that a fork shares, zero pages and driver mappings alone.

machine:
  node0 512M
  node1 512M
  cpus 2
  sysctl kernel.numa_balancing = 1

steps:
           P0: a = mmap 1p rw private anon
           P0 on cpu1: write a 0x8
           P0: z = mmap 1p rw private anon
           P0: read z
           P0: d = mmap 1p rw shared mixedmap pages
           P0: P1 = fork
           drain
           numa: scan P0
   counts: P0: vmstat numa_pte_updates

# facts/mprotect-and-numa.md: KSM, zero, shared by fork, held by a batch: not; VM_MIXEDMAP: skipped
expect *:
  counts = numa_pte_updates=0

never: bad-page-map, bug, warn
