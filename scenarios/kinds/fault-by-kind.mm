linuxmm-scenario 1
name:    fault-by-kind
intent:  What a read and a write give on each kind of page, and where the page is afterwards:
         coherent memory stays where it is, private memory comes home, shared pages are copied.

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

   r_anon: P0: read anon
  r_twins: P0: read twins
   r_zero: P0: read zero
  r_cache: P0: read cache
    r_shm: P0: read shm
    r_coh: P0: read coh
   r_priv: P0: read priv
    r_dax: P0: read dax
   r_ddax: P0: read ddax
     r_io: P0: read io
   r_ring: P0: read ring
    r_raw: P0: read raw
   w_anon: P0: write anon 0x9
  w_twins: P0: write twins 0x9
   w_zero: P0: write zero 0x9
  w_cache: P0: write cache 0x9
    w_shm: P0: write shm 0x9
    w_coh: P0: write coh 0x9
   w_priv: P0: write priv 0x9
    w_dax: P0: write dax 0x9
   w_ddax: P0: write ddax 0x9
     w_io: P0: write io 0x9
   w_ring: P0: write ring 0x9
    w_raw: P0: write raw 0x9
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

# facts/real-kernels.md: a write to an unshared coherent page does not move it; a private page
# comes back to RAM at the first touch; FS_DAX and pfns of a driver have neither F nor X.
expect *:
  r_anon  = 0x1
  r_twins = 0x2*2
  r_zero  = 0x0
  r_cache = 0x0
  r_shm   = 0x3
  r_coh   = 0x4
  r_priv  = 0x5
  r_dax   = 0x6
  r_ddax  = 0x0
  r_io    = 0x0
  r_ring  = 0x0
  r_raw   = 0x0
  w_anon  = ok
  w_twins = ok
  w_zero  = ok
  w_cache = ok
  w_shm   = ok
  w_coh   = ok
  w_priv  = ok
  w_dax   = ok
  w_ddax  = ok
  w_io    = ok
  w_ring  = ok
  w_raw   = ok
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
