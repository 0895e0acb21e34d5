linuxmm-scenario 1
name:    mprotect-by-kind
intent:  PROT_NONE and back: every kind of page stays mapped, keeps its place and its contents.

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

   n_anon: P0: mprotect anon none
  n_twins: P0: mprotect twins none
   n_zero: P0: mprotect zero none
  n_cache: P0: mprotect cache none
    n_shm: P0: mprotect shm none
    n_coh: P0: mprotect coh none
   n_priv: P0: mprotect priv none
    n_dax: P0: mprotect dax none
   n_ddax: P0: mprotect ddax none
     n_io: P0: mprotect io none
   n_ring: P0: mprotect ring none
    n_raw: P0: mprotect raw none
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
   w_anon: P0: mprotect anon rw
  w_twins: P0: mprotect twins rw
   w_zero: P0: mprotect zero rw
  w_cache: P0: mprotect cache rw
    w_shm: P0: mprotect shm rw
    w_coh: P0: mprotect coh rw
   w_priv: P0: mprotect priv rw
    w_dax: P0: mprotect dax rw
   w_ddax: P0: mprotect ddax rw
     w_io: P0: mprotect io rw
   w_ring: P0: mprotect ring rw
    w_raw: P0: mprotect raw rw
   v_anon: P0: read anon
  v_twins: P0: read twins
   v_zero: P0: read zero
  v_cache: P0: read cache
    v_shm: P0: read shm
    v_coh: P0: read coh
   v_priv: P0: read priv
    v_dax: P0: read dax
   v_ddax: P0: read ddax
     v_io: P0: read io
   v_ring: P0: read ring
    v_raw: P0: read raw

# facts/mprotect-and-numa.md: the pfn of a PROT_NONE entry is inverted, pagemap shows it as before.
expect *:
  n_anon  = 0
  n_twins = 0
  n_zero  = 0
  n_cache = 0
  n_shm   = 0
  n_coh   = 0
  n_priv  = 0
  n_dax   = 0
  n_ddax  = 0
  n_io    = 0
  n_ring  = 0
  n_raw   = 0
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
  w_anon  = 0
  w_twins = 0
  w_zero  = 0
  w_cache = 0
  w_shm   = 0
  w_coh   = 0
  w_priv  = 0
  w_dax   = 0
  w_ddax  = 0
  w_io    = 0
  w_ring  = 0
  w_raw   = 0
  v_anon  = 0x1
  v_twins = 0x2*2
  v_zero  = 0x0
  v_cache = 0x0
  v_shm   = 0x3
  v_coh   = 0x4
  v_priv  = 0x5
  v_dax   = 0x6
  v_ddax  = 0x0
  v_io    = 0x0
  v_ring  = 0x0
  v_raw   = 0x0
