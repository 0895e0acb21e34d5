linuxmm-scenario 1
name:    kpage-by-kind
intent:  The flags and counts of the frames behind each kind of page: none for ZONE_DEVICE.

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
   f_anon: P0: kpageflags anon
  f_twins: P0: kpageflags twins
   f_zero: P0: kpageflags zero
  f_cache: P0: kpageflags cache
    f_shm: P0: kpageflags shm
    f_coh: P0: kpageflags coh
   f_priv: P0: kpageflags priv
    f_dax: P0: kpageflags dax
   f_ddax: P0: kpageflags ddax
     f_io: P0: kpageflags io
   f_ring: P0: kpageflags ring
    f_raw: P0: kpageflags raw
   n_anon: P0: kpagecount anon
  n_twins: P0: kpagecount twins
   n_zero: P0: kpagecount zero
  n_cache: P0: kpagecount cache
    n_shm: P0: kpagecount shm
    n_coh: P0: kpagecount coh
   n_priv: P0: kpagecount priv
    n_dax: P0: kpagecount dax
   n_ddax: P0: kpagecount ddax
     n_io: P0: kpagecount io
   n_ring: P0: kpagecount ring
    n_raw: P0: kpagecount raw

# facts/real-kernels.md: NOPAGE and 0 for every device page; zero ZERO_PAGE RESERVED, 0;
# KSM: KSM and its mappers; shmem DIRTY MMAP SWAPBACKED; a driver's page MMAP without LRU.
expect *:
  f_anon  = UPTODATE,LRU,MMAP,ANON,SWAPBACKED,...
  f_twins = LRU,MMAP,ANON,KSM,...*2
  f_zero  = ZERO_PAGE,RESERVED
  f_cache = LRU,MMAP,...
  f_shm   = UPTODATE,DIRTY,MMAP,SWAPBACKED,...
  f_coh   = NOPAGE
  f_priv  = none
  f_dax   = NOPAGE
  f_ddax  = NOPAGE
  f_io    = none
  f_ring  = MMAP
  f_raw   = NOPAGE
  n_anon  = 1
  n_twins = 2*2
  n_zero  = 0
  n_cache = 1
  n_shm   = 1
  n_coh   = 0
  n_priv  = 0
  n_dax   = 0
  n_ddax  = 0
  n_io    = 0
  n_ring  = 1
  n_raw   = 0
