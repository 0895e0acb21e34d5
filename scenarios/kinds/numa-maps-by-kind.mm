linuxmm-scenario 1
name:    numa-maps-by-kind
intent:  What numa_maps counts of each kind of page: nothing that belongs to a device.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  private0 256M
  dax0 64M
  devdax0 64M
  swap 64M zram
  ksm run = 1

steps:
           P0: anon = mmap 1p
           P0: write anon 0x1
           P0: twins = mmap 2p                           # KSM: two pages become one
           P0: write twins 0x2
           P0: madvise twins MADV_MERGEABLE
           ksmd: full_scan 3
           P0: zero = mmap 1p                            # the zero page
           P0: read zero
           P0: f = file 1p                               # page cache
           P0: cache = mmap f shared
           P0: read cache
           P0: shm = mmap 1p shared
           P0: write shm 0x3
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

   n_anon: P0: numa_maps anon
  n_twins: P0: numa_maps twins
   n_zero: P0: numa_maps zero
  n_cache: P0: numa_maps cache
    n_shm: P0: numa_maps shm
    n_coh: P0: numa_maps coh
   n_priv: P0: numa_maps priv
    n_dax: P0: numa_maps dax
   n_ddax: P0: numa_maps ddax
     n_io: P0: numa_maps io
   n_ring: P0: numa_maps ring
    n_raw: P0: numa_maps raw

# facts/real-kernels.md: coherent absent, private, DAX, zero, PFNMAP none; a driver's
# page mapped=1; can_gather_numa_stats refuses reserved pages.
expect *:
  n_anon  = anon=1 dirty=1 active=0 N0=1
  n_twins = anon=2 dirty=2 mapmax=2 active=0 N0=2
  n_zero  = none
  n_cache = mapped=1 active=0 N0=1
  n_shm   = dirty=1 active=0 N0=1
  n_coh   = none
  n_priv  = none
  n_dax   = none
  n_ddax  = none
  n_io    = none
  n_ring  = mapped=1 active=0 N0=1
  n_raw   = none
