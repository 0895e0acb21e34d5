linuxmm-scenario 1
name:    advice-by-kind
intent:  MADV_COLD, MADV_FREE and MADV_PAGEOUT reach pages of RAM and pass over those of devices;
         PFN maps refuse them all, MADV_FREE is for anonymous memory only.

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
   c_anon: P0: madvise anon MADV_COLD
  c_twins: P0: madvise twins MADV_COLD
   c_zero: P0: madvise zero MADV_COLD
  c_cache: P0: madvise cache MADV_COLD
    c_shm: P0: madvise shm MADV_COLD
    c_coh: P0: madvise coh MADV_COLD
   c_priv: P0: madvise priv MADV_COLD
    c_dax: P0: madvise dax MADV_COLD
   c_ddax: P0: madvise ddax MADV_COLD
     c_io: P0: madvise io MADV_COLD
   c_ring: P0: madvise ring MADV_COLD
    c_raw: P0: madvise raw MADV_COLD
   f_anon: P0: madvise anon MADV_FREE
  f_twins: P0: madvise twins MADV_FREE
   f_zero: P0: madvise zero MADV_FREE
  f_cache: P0: madvise cache MADV_FREE
    f_shm: P0: madvise shm MADV_FREE
    f_coh: P0: madvise coh MADV_FREE
   f_priv: P0: madvise priv MADV_FREE
    f_dax: P0: madvise dax MADV_FREE
   f_ddax: P0: madvise ddax MADV_FREE
     f_io: P0: madvise io MADV_FREE
   f_ring: P0: madvise ring MADV_FREE
    f_raw: P0: madvise raw MADV_FREE
   o_anon: P0: madvise anon MADV_PAGEOUT
  o_twins: P0: madvise twins MADV_PAGEOUT
   o_zero: P0: madvise zero MADV_PAGEOUT
  o_cache: P0: madvise cache MADV_PAGEOUT
    o_shm: P0: madvise shm MADV_PAGEOUT
    o_coh: P0: madvise coh MADV_PAGEOUT
   o_priv: P0: madvise priv MADV_PAGEOUT
    o_dax: P0: madvise dax MADV_PAGEOUT
   o_ddax: P0: madvise ddax MADV_PAGEOUT
     o_io: P0: madvise io MADV_PAGEOUT
   o_ring: P0: madvise ring MADV_PAGEOUT
    o_raw: P0: madvise raw MADV_PAGEOUT
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

# facts/madvise.md: can_madv_lru_vma refuses VM_LOCKED, VM_PFNMAP, hugetlb with -EINVAL; MADV_FREE
# wants an anonymous VMA; facts/real-kernels.md: COLD and PAGEOUT on PFNMAP -EINVAL, on coherent 0.
expect *:
  c_anon  = 0
  c_twins = 0
  c_zero  = 0
  c_cache = 0
  c_shm   = 0
  c_coh   = 0
  c_priv  = 0
  c_dax   = 0
  c_ddax  = 0
  c_io    = -EINVAL
  c_ring  = 0
  c_raw   = 0
  f_anon  = 0
  f_twins = 0
  f_zero  = 0
  f_cache = -EINVAL
  f_shm   = -EINVAL
  f_coh   = 0
  f_priv  = 0
  f_dax   = -EINVAL
  f_ddax  = -EINVAL
  f_io    = -EINVAL
  f_ring  = -EINVAL
  f_raw   = -EINVAL
  o_anon  = 0
  o_twins = 0
  o_zero  = 0
  o_cache = 0
  o_shm   = 0
  o_coh   = 0
  o_priv  = 0
  o_dax   = 0
  o_ddax  = 0
  o_io    = -EINVAL
  o_ring  = 0
  o_raw   = 0
  p_anon  = none
  p_twins = ram ram@0
  p_zero  = ram
  p_cache = none
  p_shm   = none
  p_coh   = dev:x
  p_priv  = swap:x
  p_dax   = dev
  p_ddax  = dev
  p_io    = none
  p_ring  = ram:xf
  p_raw   = ram
