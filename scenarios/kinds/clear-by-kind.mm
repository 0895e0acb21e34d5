linuxmm-scenario 1
name:    clear-by-kind
intent:  Writing 1 to clear_refs makes smaps forget the accesses to each kind of page.

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

   b_anon: P0: smaps anon Referenced
  b_twins: P0: smaps twins Referenced
   b_zero: P0: smaps zero Referenced
  b_cache: P0: smaps cache Referenced
    b_shm: P0: smaps shm Referenced
    b_coh: P0: smaps coh Referenced
   b_priv: P0: smaps priv Referenced
    b_dax: P0: smaps dax Referenced
   b_ddax: P0: smaps ddax Referenced
     b_io: P0: smaps io Referenced
   b_ring: P0: smaps ring Referenced
    b_raw: P0: smaps raw Referenced
        c: P0: clear_refs 1
   a_anon: P0: smaps anon Referenced
  a_twins: P0: smaps twins Referenced
   a_zero: P0: smaps zero Referenced
  a_cache: P0: smaps cache Referenced
    a_shm: P0: smaps shm Referenced
    a_coh: P0: smaps coh Referenced
   a_priv: P0: smaps priv Referenced
    a_dax: P0: smaps dax Referenced
   a_ddax: P0: smaps ddax Referenced
     a_io: P0: smaps io Referenced
   a_ring: P0: smaps ring Referenced
    a_raw: P0: smaps raw Referenced

# facts/proc.md: what smaps does not count has no Referenced.
expect *:
  b_anon  = Referenced=4
  b_twins = Referenced=8
  b_zero  = Referenced=0
  b_cache = Referenced=4
  b_shm   = Referenced=4
  b_priv  = Referenced=0
  b_dax   = Referenced=0
  b_ddax  = Referenced=0
  b_io    = Referenced=0
  b_ring  = Referenced=4
  b_raw   = Referenced=0
  c       = 0
  a_anon  = Referenced=0
  a_twins = Referenced=0
  a_zero  = Referenced=0
  a_cache = Referenced=0
  a_shm   = Referenced=0
  a_coh   = Referenced=0
  a_priv  = Referenced=0
  a_dax   = Referenced=0
  a_ddax  = Referenced=0
  a_io    = Referenced=0
  a_ring  = Referenced=0
  a_raw   = Referenced=0
expect v6.1:
  b_coh   = Referenced=4
expect v5.17-coherent:
  b_coh   = Referenced=0
