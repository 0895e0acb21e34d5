linuxmm-scenario 1
name:    zap-by-kind
intent:  MADV_DONTNEED and munmap take every kind of page away; only a PFN map refuses the
         advice.

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

   d_anon: P0: madvise anon MADV_DONTNEED
  d_twins: P0: madvise twins MADV_DONTNEED
   d_zero: P0: madvise zero MADV_DONTNEED
  d_cache: P0: madvise cache MADV_DONTNEED
    d_shm: P0: madvise shm MADV_DONTNEED
    d_coh: P0: madvise coh MADV_DONTNEED
   d_priv: P0: madvise priv MADV_DONTNEED
    d_dax: P0: madvise dax MADV_DONTNEED
   d_ddax: P0: madvise ddax MADV_DONTNEED
     d_io: P0: madvise io MADV_DONTNEED
   d_ring: P0: madvise ring MADV_DONTNEED
    d_raw: P0: madvise raw MADV_DONTNEED
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
   u_anon: P0: munmap anon
  u_twins: P0: munmap twins
   u_zero: P0: munmap zero
  u_cache: P0: munmap cache
    u_shm: P0: munmap shm
    u_coh: P0: munmap coh
   u_priv: P0: munmap priv
    u_dax: P0: munmap dax
   u_ddax: P0: munmap ddax
     u_io: P0: munmap io
   u_ring: P0: munmap ring
    u_raw: P0: munmap raw

# mm/madvise.c: madvise_dontneed_free refuses VM_LOCKED, VM_PFNMAP and hugetlb.
expect *:
  d_anon  = 0
  d_twins = 0
  d_zero  = 0
  d_cache = 0
  d_shm   = 0
  d_coh   = 0
  d_priv  = 0
  d_dax   = 0
  d_ddax  = 0
  d_io    = -EINVAL
  d_ring  = 0
  d_raw   = 0
  p_anon  = none
  p_twins = none*2
  p_zero  = none
  p_cache = none
  p_shm   = none
  p_coh   = none
  p_priv  = none
  p_dax   = none
  p_ddax  = none
  p_io    = none
  p_ring  = none
  p_raw   = none
  u_anon  = 0
  u_twins = 0
  u_zero  = 0
  u_cache = 0
  u_shm   = 0
  u_coh   = 0
  u_priv  = 0
  u_dax   = 0
  u_ddax  = 0
  u_io    = 0
  u_ring  = 0
  u_raw   = 0
