linuxmm-scenario 1
name:    smaps-by-kind
intent:  What smaps counts of each kind of page.

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

   s_anon: P0: smaps anon Rss Pss Anonymous Swap
  s_twins: P0: smaps twins Rss Pss Anonymous Swap
   s_zero: P0: smaps zero Rss Pss Anonymous Swap
  s_cache: P0: smaps cache Rss Pss Anonymous Swap
    s_shm: P0: smaps shm Rss Pss Anonymous Swap
    s_coh: P0: smaps coh Rss Pss Anonymous Swap
   s_priv: P0: smaps priv Rss Pss Anonymous Swap
    s_dax: P0: smaps dax Rss Pss Anonymous Swap
   s_ddax: P0: smaps ddax Rss Pss Anonymous Swap
     s_io: P0: smaps io Rss Pss Anonymous Swap
   s_ring: P0: smaps ring Rss Pss Anonymous Swap
    s_raw: P0: smaps raw Rss Pss Anonymous Swap

# facts/real-kernels.md: zero, FS_DAX, PFNMAP 0; KSM Pss shrinks; coherent and private
# count in full; device DAX is 0 here as 6.12 has it (6.1 maps 2 MiB at once and shows 2048).
expect *:
  s_anon  = Rss=4 Pss=4 Anonymous=4 Swap=0
  s_twins = Rss=8 Pss=4 Anonymous=8 Swap=0
  s_zero  = Rss=0 Pss=0 Anonymous=0 Swap=0
  s_cache = Rss=4 Pss=4 Anonymous=0 Swap=0
  s_shm   = Rss=4 Pss=4 Anonymous=0 Swap=0
  s_coh   = Rss=4 Pss=4 Anonymous=4 Swap=0
  s_priv  = Rss=4 Pss=4 Anonymous=4 Swap=0
  s_dax   = Rss=0 Pss=0 Anonymous=0 Swap=0
  s_ddax  = Rss=0 Pss=0 Anonymous=0 Swap=0
  s_io    = Rss=0 Pss=0 Anonymous=0 Swap=0
  s_ring  = Rss=4 Pss=4 Anonymous=0 Swap=0
  s_raw   = Rss=0 Pss=0 Anonymous=0 Swap=0
