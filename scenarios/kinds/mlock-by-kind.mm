linuxmm-scenario 1
name:    mlock-by-kind
intent:  mlock succeeds on every kind of page; it breaks KSM pages and zero pages, brings private
         pages home, locks coherent pages where they are, and does nothing for DAX and drivers.

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

   m_anon: P0: mlock anon
  m_twins: P0: mlock twins
   m_zero: P0: mlock zero
  m_cache: P0: mlock cache
    m_shm: P0: mlock shm
    m_coh: P0: mlock coh
   m_priv: P0: mlock priv
    m_dax: P0: mlock dax
   m_ddax: P0: mlock ddax
     m_io: P0: mlock io
   m_ring: P0: mlock ring
    m_raw: P0: mlock raw
   s_anon: P0: smaps anon Rss Locked
  s_twins: P0: smaps twins Rss Locked
   s_zero: P0: smaps zero Rss Locked
  s_cache: P0: smaps cache Rss Locked
    s_shm: P0: smaps shm Rss Locked
    s_coh: P0: smaps coh Rss Locked
   s_priv: P0: smaps priv Rss Locked
    s_dax: P0: smaps dax Rss Locked
   s_ddax: P0: smaps ddax Rss Locked
     s_io: P0: smaps io Rss Locked
   s_ring: P0: smaps ring Rss Locked
    s_raw: P0: smaps raw Rss Locked
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
   u_anon: P0: munlock anon
  u_twins: P0: munlock twins
   u_zero: P0: munlock zero
  u_cache: P0: munlock cache
    u_shm: P0: munlock shm
    u_coh: P0: munlock coh
   u_priv: P0: munlock priv
    u_dax: P0: munlock dax
   u_ddax: P0: munlock ddax
     u_io: P0: munlock io
   u_ring: P0: munlock ring
    u_raw: P0: munlock raw

# facts/real-kernels.md: mlock on coherent shows Locked; on FS_DAX and device DAX not;
# a private page is faulted back; facts/mlock.md: VM_SPECIAL and DAX mappings are not locked.
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
  s_anon  = Rss=4 Locked=4
  s_twins = Rss=8 Locked=8
  s_zero  = Rss=4 Locked=4
  s_cache = Rss=4 Locked=4
  s_shm   = Rss=4 Locked=4
  s_coh   = Rss=4 Locked=4
  s_priv  = Rss=4 Locked=4
  s_dax   = Rss=0 Locked=0
  s_ddax  = Rss=0 Locked=0
  s_io    = Rss=0 Locked=0
  s_ring  = Rss=4 Locked=0
  s_raw   = Rss=0 Locked=0
  p_anon  = ram:x
  p_twins = ram:x*2
  p_zero  = ram:x
  p_cache = ram:xf
  p_shm   = ram:xf
  p_coh   = dev:x
  p_priv  = ram:x
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
