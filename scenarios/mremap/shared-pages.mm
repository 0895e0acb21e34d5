linuxmm-scenario 1
name:    mremap-shared-pages
intent:  A page that parent and child map at different addresses is found at both, by its index.

machine:
  node0 512M
  node1 512M
  swap 64M zram

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x1
        P0: P1 = fork
        P1: b = mremap P1.a[1:4] 3p MREMAP_MAYMOVE MREMAP_FIXED
  two:  P0: kpagecount a
  all:  P0: move_pages a node1 MPOL_MF_MOVE_ALL
  own:  P1: pages b
        P1: write b[0] 0x2
  cow:  P0: read a
        P1: madvise b[0] MADV_PAGEOUT
  out:  P1: pagemap b
        P1: c = mremap b[0] 1p MREMAP_MAYMOVE MREMAP_FIXED
  swap: P1: pagemap c
  back: P1: read c

# Debian 6.1 in the virtual machine
expect v6.1:
  two  = 2*4
  all  = node1*4
  own  = ram*3
  cow  = 0x1*4
  out  = SD PD*2
  swap = SD
  back = 0x2

never: bad-page-map, bad-rss-counter, bug, warn
