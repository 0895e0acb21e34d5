linuxmm-scenario 1
name:    fork-by-kind
intent:  What parent and child see of each kind of page after fork: anonymous memory of every
         sort is shared, files are mapped again by the child's own faults, a driver's mappings
         are copied.

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

           P0: P1 = fork
   p_anon: P0: pages anon
  p_twins: P0: pages twins
   p_zero: P0: pages zero
  p_cache: P0: pages cache
    p_shm: P0: pages shm
    p_coh: P0: pages coh
   p_priv: P0: pages priv
    p_dax: P0: pages dax
   p_ddax: P0: pages ddax
     p_io: P0: pages io
   p_ring: P0: pages ring
    p_raw: P0: pages raw
   c_anon: P1: pages anon
  c_twins: P1: pages twins
   c_zero: P1: pages zero
  c_cache: P1: pages cache
    c_shm: P1: pages shm
    c_coh: P1: pages coh
   c_priv: P1: pages priv
    c_dax: P1: pages dax
   c_ddax: P1: pages ddax
     c_io: P1: pages io
   c_ring: P1: pages ring
    c_raw: P1: pages raw

# facts/faults.md: vma_needs_copy leaves out what faults can bring back; zero page, DAX and pfns
# are copied raw where the VMA is copied; facts/real-kernels.md: fork of coherent and private pages.
expect *:
  p_anon  = ram
  p_twins = ram ram@0
  p_zero  = ram
  p_cache = ram:xf
  p_shm   = ram:xf
  p_coh   = dev
  p_priv  = swap
  p_dax   = dev
  p_ddax  = dev
  p_io    = none
  p_ring  = ram:f
  p_raw   = ram
  c_anon  = ram
  c_twins = ram ram@0
  c_zero  = none
  c_cache = none
  c_shm   = none
  c_coh   = dev
  c_priv  = swap
  c_dax   = none
  c_ddax  = none
  c_io    = none
  c_ring  = ram:f
  c_raw   = ram
