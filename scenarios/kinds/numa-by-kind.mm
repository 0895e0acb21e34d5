linuxmm-scenario 1
name:    numa-by-kind
intent:  Which entries the scan of NUMA balancing makes PROT_NONE: pages on another node than the
         task's CPU, shared ones on any, private ones only when nobody else holds them; never
         those of drivers and DAX. A writable entry of a private device page loses its write
         bit on the way, and is counted.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  private0 256M
  dax0 64M
  devdax0 64M
  swap 64M zram
  ksm run = 1
  sysctl kernel.numa_balancing = 1

steps:
           P0: anon = mmap 1p
           P0 on cpu1: write anon 0x1
           P0: twins = mmap 2p                           # KSM: two pages become one
           P0 on cpu1: write twins 0x2
           P0: madvise twins MADV_MERGEABLE
           ksmd: full_scan 3
           P0: zero = mmap 1p                            # the zero page
           P0: read zero
           P0: f = file 1p                               # page cache
           P0: cache = mmap f shared
           P0: read cache
           P0: shm = mmap 1p shared
           P0 on cpu1: write shm 0x3
           P0: coh = mmap 1p                             # DEVICE_COHERENT
           P0: write coh 0x4
           coherent0: migrate P0.coh
           P0: priv = mmap 1p                            # DEVICE_PRIVATE
           P0: write priv 0x5
           private0: migrate P0.priv
           P0: dax = mmap 1p shared dax0                 # a file with DAX
           P0: write dax 0x6
           P0: ddax = mmap 1p shared devdax0             # device DAX
           P0: read ddax
           P0: io = mmap 1p shared pfnmap                # memory without struct page
           P0: ring = mmap 1p shared mixedmap pages      # a driver's own pages
           P0: raw = mmap 1p shared mixedmap pfns        # a driver's pfns
           P0: read raw

           drain
           numa: scan P0
        n: P0: vmstat numa_pte_updates
   f_anon: P0: follow_page anon
  f_twins: P0: follow_page twins
   f_zero: P0: follow_page zero
  f_cache: P0: follow_page cache
    f_shm: P0: follow_page shm
    f_coh: P0: follow_page coh
   f_priv: P0: follow_page priv
    f_dax: P0: follow_page dax
   f_ddax: P0: follow_page ddax
     f_io: P0: follow_page io
   f_ring: P0: follow_page ring
    f_raw: P0: follow_page raw

# facts/mprotect-and-numa.md: change_pte_range with prot_numa: anon, cache, shm and priv change;
# vma_migratable; VM_MIXEDMAP and DAX are not
# scanned; a hinted entry gives NULL to follow_page in v6.1, the page in v5.17 (facts/gup.md).
expect *:
  n       = numa_pte_updates=4
  f_twins = page*2
  f_zero  = zero
  f_coh   = page
  f_priv  = none
  f_dax   = -EEXIST
  f_ddax  = -EEXIST
  f_io    = -EEXIST
  f_ring  = page
  f_raw   = -EEXIST
expect v6.1:
  f_anon  = none
  f_cache = none
  f_shm   = none
expect v5.17-coherent:
  f_anon  = page
  f_cache = page
  f_shm   = page
