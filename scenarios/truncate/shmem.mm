linuxmm-scenario 1
name:    truncate-shmem
intent:  Shared memory that becomes shorter frees its pages, those in swap as well, and the copies of them.

machine:
  node0 512M
  swap 64M zram

steps:
        P0: s = memfd_create 4p
        P0: a = mmap s rw shared
        P0: b = mmap s rw private
        P0: write a 0x1 0x2 0x3 0x4
        P0: write b[2] 0x5
        P0: madvise a[2:4] MADV_PAGEOUT
        P0: madvise b[2] MADV_PAGEOUT
  out:  P0: pagemap b
        P0: ftruncate s 3p
  one:  P0: pagemap b
  swap: P0: smaps a Rss Swap
        P0: ftruncate s 2p
  two:  P0: pagemap b
  cut:  P0: smaps a Rss Swap
        P0: ftruncate s 6p
  back: P0: read a
  len:  P0: pread s

# Debian 6.1 in the virtual machine
expect v6.1:
  out  = D*2 SD D
  one  = D*2 SD D
  swap = Rss=8 Swap=4
  two  = D*4
  cut  = Rss=8 Swap=0
  back = 0x1 0x2 0x0*2
  len  = 0x1 0x2 0x0*2

# zap_pte_range passed over entries in swap for whoever gave it details
expect v5.17-coherent:
  two  = D*2 SD D

never: bad-page-map, bad-rss-counter, bug, warn
