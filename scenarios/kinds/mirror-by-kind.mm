linuxmm-scenario 1
name:    mirror-by-kind
intent:  What a device sees, reads and writes of each kind of page where it lies. Coherent pages
         stay; another device's private ones come home.

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

    s_anon: coherent0: snapshot P0.anon
   s_twins: coherent0: snapshot P0.twins
    s_zero: coherent0: snapshot P0.zero
   s_cache: coherent0: snapshot P0.cache
     s_shm: coherent0: snapshot P0.shm
     s_coh: coherent0: snapshot P0.coh
    s_priv: coherent0: snapshot P0.priv
     s_dax: coherent0: snapshot P0.dax
    s_ddax: coherent0: snapshot P0.ddax
      s_io: coherent0: snapshot P0.io
    s_ring: coherent0: snapshot P0.ring
     s_raw: coherent0: snapshot P0.raw
    r_anon: coherent0: read P0.anon
   r_twins: coherent0: read P0.twins
    r_zero: coherent0: read P0.zero
   r_cache: coherent0: read P0.cache
     r_shm: coherent0: read P0.shm
     r_coh: coherent0: read P0.coh
    r_priv: coherent0: read P0.priv
     r_dax: coherent0: read P0.dax
    r_ddax: coherent0: read P0.ddax
      r_io: coherent0: read P0.io
    r_ring: coherent0: read P0.ring
     r_raw: coherent0: read P0.raw
    w_anon: coherent0: write P0.anon 0x77
   w_twins: coherent0: write P0.twins 0x77
    w_zero: coherent0: write P0.zero 0x77
   w_cache: coherent0: write P0.cache 0x77
     w_shm: coherent0: write P0.shm 0x77
     w_coh: coherent0: write P0.coh 0x77
    w_priv: coherent0: write P0.priv 0x77
     w_dax: coherent0: write P0.dax 0x77
    w_ddax: coherent0: write P0.ddax 0x77
      w_io: coherent0: write P0.io 0x77
    w_ring: coherent0: write P0.ring 0x77
     w_raw: coherent0: write P0.raw 0x77
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

# mm/hmm.c: hmm_vma_walk_test refuses VM_IO and VM_PFNMAP; hmm_vma_handle_pte lets devmap entries and
# the zero page pass, and of entries without struct page only says that they are an error
expect *:
  s_anon   = write
  s_twins  = read*2
  s_zero   = read,zero
  s_cache  = read
  s_shm    = write
  s_coh    = write,coherent-local
  s_priv   = none
  s_dax    = write
  s_ddax   = write
  s_io     = error
  s_ring   = write
  s_raw    = error
  r_anon   = 0x1
  r_twins  = 0x2*2
  r_zero   = 0x0
  r_cache  = 0x0
  r_shm    = 0x3
  r_coh    = 0x4
  r_priv   = 0x5
  r_dax    = 0x6
  r_ddax   = 0x0
  r_io     = -EFAULT
  r_ring   = 0x0
  r_raw    = -EFAULT
  w_anon   = ok
  w_twins  = ok
  w_zero   = ok
  w_cache  = ok
  w_shm    = ok
  w_coh    = ok
  w_priv   = ok
  w_dax    = ok
  w_ddax   = ok
  w_io     = -EFAULT
  w_ring   = ok
  w_raw    = -EFAULT
  p_anon   = ram:x
  p_twins  = ram:x*2
  p_zero   = ram:x
  p_cache  = ram:xf
  p_shm    = ram:xf
  p_coh    = dev:x
  p_priv   = ram:x
  p_dax    = dev
  p_ddax   = dev
  p_io     = none
  p_ring   = ram:xf
  p_raw    = ram
