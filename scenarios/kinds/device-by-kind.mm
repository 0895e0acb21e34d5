linuxmm-scenario 1
name:    device-by-kind
intent:  Which kinds of page a device with coherent memory can take: anonymous memory and its
         holes and zero pages; the driver of files and other devices refuses or finds nothing to
         move.

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

   m_anon: coherent0: migrate P0.anon
   m_zero: coherent0: migrate P0.zero
  m_cache: coherent0: migrate P0.cache
    m_shm: coherent0: migrate P0.shm
    m_coh: coherent0: migrate P0.coh
   m_priv: coherent0: migrate P0.priv
    m_dax: coherent0: migrate P0.dax
   m_ddax: coherent0: migrate P0.ddax
     m_io: coherent0: migrate P0.io
   m_ring: coherent0: migrate P0.ring
    m_raw: coherent0: migrate P0.raw
   p_anon: P0: pages anon
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

# facts/device-migration.md: migrate_vma_setup refuses VM_SPECIAL, hugetlb and DAX; file pages
# are unmapped but cannot be moved to ZONE_DEVICE; the driver's read-back says -ENOENT then.
expect *:
  m_anon  = cpages=1 faults=0
  m_zero  = cpages=1 faults=0
  m_cache = -ENOENT
  m_shm   = -ENOENT
  m_coh   = -ENOENT
  m_priv  = -ENOENT
  m_dax   = -EINVAL
  m_ddax  = -EINVAL
  m_io    = -EINVAL
  m_ring  = -EINVAL
  m_raw   = -EINVAL
  p_anon  = dev:x
  p_zero  = dev:x
  p_cache = ram:xf
  p_shm   = ram:xf
  p_coh   = dev:x
  p_priv  = swap:x
  p_dax   = dev
  p_ddax  = dev
  p_io    = none
  p_ring  = ram:xf
  p_raw   = ram
