linuxmm-scenario 1
name:    merge-by-kind
intent:  MADV_MERGEABLE is accepted for every kind of page, and ksmd looks at anonymous memory in
         RAM only; before device pages were filtered it put a coherent page into its tree too.

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

   m_anon: P0: madvise anon MADV_MERGEABLE
  m_twins: P0: madvise twins MADV_MERGEABLE
   m_zero: P0: madvise zero MADV_MERGEABLE
  m_cache: P0: madvise cache MADV_MERGEABLE
    m_shm: P0: madvise shm MADV_MERGEABLE
    m_coh: P0: madvise coh MADV_MERGEABLE
   m_priv: P0: madvise priv MADV_MERGEABLE
    m_dax: P0: madvise dax MADV_MERGEABLE
   m_ddax: P0: madvise ddax MADV_MERGEABLE
     m_io: P0: madvise io MADV_MERGEABLE
   m_ring: P0: madvise ring MADV_MERGEABLE
    m_raw: P0: madvise raw MADV_MERGEABLE
           ksmd: full_scan 2
        k: P0: ksm
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
   u_anon: P0: madvise anon MADV_UNMERGEABLE
  u_twins: P0: madvise twins MADV_UNMERGEABLE
   u_zero: P0: madvise zero MADV_UNMERGEABLE
  u_cache: P0: madvise cache MADV_UNMERGEABLE
    u_shm: P0: madvise shm MADV_UNMERGEABLE
    u_coh: P0: madvise coh MADV_UNMERGEABLE
   u_priv: P0: madvise priv MADV_UNMERGEABLE
    u_dax: P0: madvise dax MADV_UNMERGEABLE
   u_ddax: P0: madvise ddax MADV_UNMERGEABLE
     u_io: P0: madvise io MADV_UNMERGEABLE
   u_ring: P0: madvise ring MADV_UNMERGEABLE
    u_raw: P0: madvise raw MADV_UNMERGEABLE

# mm/ksm.c: ksm_madvise returns 0 for VM_SPECIAL, shared and DAX mappings and does nothing.
expect *:
  m_anon  = 0
  m_twins = 0
  m_zero  = 0
  m_cache = 0
  m_shm   = 0
  m_coh   = 0
  m_priv  = 0
  m_dax   = 0
  m_ddax  = 0
  m_io    = 0
  m_ring  = 0
  m_raw   = 0
  p_anon  = ram:x
  p_twins = ram ram@0
  p_zero  = ram
  p_cache = ram:xf
  p_shm   = ram:xf
  p_coh   = dev:x
  p_priv  = swap:x
  p_dax   = dev
  p_ddax  = dev
  p_io    = none
  p_ring  = ram:xf
  p_raw   = ram
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
expect v6.1:
  k       = pages_shared=1 pages_sharing=1 pages_unshared=1 pages_volatile=0
expect v5.17-coherent:
  k       = pages_shared=1 pages_sharing=1 pages_unshared=2 pages_volatile=0
