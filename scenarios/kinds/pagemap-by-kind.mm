linuxmm-scenario 1
name:    pagemap-by-kind
intent:  The bits that pagemap shows of each kind of page.

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

   b_anon: P0: pagemap anon
  b_twins: P0: pagemap twins
   b_zero: P0: pagemap zero
  b_cache: P0: pagemap cache
    b_shm: P0: pagemap shm
    b_coh: P0: pagemap coh
   b_priv: P0: pagemap priv
    b_dax: P0: pagemap dax
   b_ddax: P0: pagemap ddax
     b_io: P0: pagemap io
   b_ring: P0: pagemap ring
    b_raw: P0: pagemap raw

# facts/real-kernels.md: anon P X, zero P, shmem P F X, KSM P, coherent P X, private S X, FS_DAX P,
# PFNMAP nothing, MIXEDMAP with pages P F X; all of a new mapping soft-dirty.
# Device DAX was seen with P F: it maps 2 MiB there, which is not modelled.
expect *:
  b_anon  = PXD
  b_twins = PD*2
  b_zero  = PD
  b_cache = PFXD
  b_shm   = PFXD
  b_coh   = PXD
  b_priv  = SXD
  b_dax   = PD
  b_ddax  = PD
  b_io    = D
  b_ring  = PFXD
  b_raw   = PD
