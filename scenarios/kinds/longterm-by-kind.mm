linuxmm-scenario 1
name:    longterm-by-kind
intent:  What pin_user_pages with FOLL_LONGTERM gives for writing on each kind of page, and where
         the page is afterwards. Memory of a device must not be held for long: coherent pages
         move to RAM first, a DAX file refuses.

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

   pn_anon: P0: h_anon = pin anon FOLL_WRITE FOLL_LONGTERM
  pn_twins: P0: h_twins = pin twins FOLL_WRITE FOLL_LONGTERM
   pn_zero: P0: h_zero = pin zero FOLL_WRITE FOLL_LONGTERM
  pn_cache: P0: h_cache = pin cache FOLL_WRITE FOLL_LONGTERM
    pn_shm: P0: h_shm = pin shm FOLL_WRITE FOLL_LONGTERM
    pn_coh: P0: h_coh = pin coh FOLL_WRITE FOLL_LONGTERM
   pn_priv: P0: h_priv = pin priv FOLL_WRITE FOLL_LONGTERM
    pn_dax: P0: h_dax = pin dax FOLL_WRITE FOLL_LONGTERM
   pn_ddax: P0: h_ddax = pin ddax FOLL_WRITE FOLL_LONGTERM
     pn_io: P0: h_io = pin io FOLL_WRITE FOLL_LONGTERM
   pn_ring: P0: h_ring = pin ring FOLL_WRITE FOLL_LONGTERM
    pn_raw: P0: h_raw = pin raw FOLL_WRITE FOLL_LONGTERM
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
  pn_anon  = 1
  pn_twins = 2
  pn_zero  = 1
  pn_cache = 1
  pn_shm   = 1
  pn_coh   = 1
  pn_priv  = 1
  pn_dax   = -EOPNOTSUPP
  pn_ddax  = 1
  pn_io    = -EFAULT
  pn_ring  = 1
  p_anon   = ram:x
  p_twins  = ram:x*2
  p_zero   = ram:x
  p_cache  = ram:xf
  p_shm    = ram:xf
  p_coh    = ram:x
  p_priv   = ram:x
  p_dax    = dev
  p_ddax   = dev
  p_io     = none
  p_ring   = ram:xf
  p_raw    = ram
expect v6.1:
  pn_raw   = -EEXIST
expect v5.17-coherent:
  pn_raw   = 1
