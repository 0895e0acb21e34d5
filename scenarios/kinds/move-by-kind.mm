linuxmm-scenario 1
name:    move-by-kind
intent:  What move_pages says about each kind of page, asked and told to move.

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

           drain
   q_anon: P0: move_pages anon
  q_twins: P0: move_pages twins
   q_zero: P0: move_pages zero
  q_cache: P0: move_pages cache
    q_shm: P0: move_pages shm
    q_coh: P0: move_pages coh
   q_priv: P0: move_pages priv
    q_dax: P0: move_pages dax
   q_ddax: P0: move_pages ddax
     q_io: P0: move_pages io
   q_ring: P0: move_pages ring
    q_raw: P0: move_pages raw
   m_anon: P0: move_pages anon node1
  m_twins: P0: move_pages twins node1
   m_zero: P0: move_pages zero node1
  m_cache: P0: move_pages cache node1
    m_shm: P0: move_pages shm node1
    m_coh: P0: move_pages coh node1
   m_priv: P0: move_pages priv node1
    m_dax: P0: move_pages dax node1
   m_ddax: P0: move_pages ddax node1
     m_io: P0: move_pages io node1
   m_ring: P0: move_pages ring node1
    m_raw: P0: move_pages raw node1

# facts/real-kernels.md: anon, page cache, shmem 0; zero -EFAULT; coherent and private
# -ENOENT; FS_DAX and device DAX -ENOENT / -EFAULT; PFNMAP -EFAULT; facts/move-pages.md: -EACCES for
# a page with more than one mapping; a driver's page is not on a list: -EBUSY.
expect *:
  q_anon  = node0
  q_twins = node0*2
  q_zero  = -EFAULT
  q_cache = node0
  q_shm   = node0
  q_priv  = -ENOENT
  q_io    = -EFAULT
  q_ring  = node0
  q_raw   = -EFAULT
  m_anon  = node1
  m_twins = -EACCES*2
  m_zero  = -EFAULT
  m_cache = node1
  m_shm   = node1
  m_priv  = -ENOENT
  m_dax   = -EFAULT
  m_ddax  = -EFAULT
  m_io    = -EFAULT
  m_ring  = -EBUSY
  m_raw   = -EFAULT
expect v6.1:
  q_coh   = -ENOENT
  q_dax   = -ENOENT
  q_ddax  = -ENOENT
  m_coh   = -ENOENT
expect v5.17-coherent:
  q_coh   = node0
  q_dax   = -EFAULT
  q_ddax  = -EFAULT
  m_coh   = -EBUSY
