linuxmm-scenario 1
name:    get-by-kind
intent:  What get_user_pages gives for writing on each kind of page, and where the page is
         afterwards. Coherent pages stay; private ones come home.

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

   gn_anon: P0: h_anon = get anon FOLL_WRITE
  gn_twins: P0: h_twins = get twins FOLL_WRITE
   gn_zero: P0: h_zero = get zero FOLL_WRITE
  gn_cache: P0: h_cache = get cache FOLL_WRITE
    gn_shm: P0: h_shm = get shm FOLL_WRITE
    gn_coh: P0: h_coh = get coh FOLL_WRITE
   gn_priv: P0: h_priv = get priv FOLL_WRITE
    gn_dax: P0: h_dax = get dax FOLL_WRITE
   gn_ddax: P0: h_ddax = get ddax FOLL_WRITE
     gn_io: P0: h_io = get io FOLL_WRITE
   gn_ring: P0: h_ring = get ring FOLL_WRITE
    gn_raw: P0: h_raw = get raw FOLL_WRITE
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

# facts/gup.md: VM_IO, VM_PFNMAP -EFAULT; LONGTERM on FS_DAX -EOPNOTSUPP;
# a pfn of a driver: v6.1 returns -EEXIST where pages are wanted, v5.17 skips the page (and refuses
# FOLL_GET); long-term pins move coherent and private pages, short ones do not.
expect *:
  gn_anon  = 1
  gn_twins = 2
  gn_zero  = 1
  gn_cache = 1
  gn_shm   = 1
  gn_coh   = 1
  gn_priv  = 1
  gn_dax   = 1
  gn_ddax  = 1
  gn_io    = -EFAULT
  gn_ring  = 1
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
expect v6.1:
  gn_raw   = -EEXIST
expect v5.17-coherent:
  gn_raw   = -EFAULT
