linuxmm-scenario 1
name:    mincore-caches
intent:  Without an entry the page cache says what is in core, for swapped memory the swap cache.

machine:
  node0 512M
  swap 64M zram

steps:
          P0: f = file 4p
          P0: b = mmap f rw shared
  cold:   P0: mincore b
          P0: read b[1]
  ahead:  P0: mincore b
          P0: s = memfd_create 3p
          P0: m = mmap s rw shared
          P0: write m[1] 0x6
  shmem:  P0: mincore m
          P0: madvise m MADV_PAGEOUT
  out:    P0: mincore m
          P0: n = mmap s r private
          P0: read m[1]
  in:     P0: mincore n
          P0: a = mmap 3p rw private anon
          P0: write a[0:2] 0x5
          P0: madvise a[0:2] MADV_PAGEOUT
          P0: read a[0]
  anon:   P0: mincore a
          P0: k = mmap 1p rw private anon
          P0: write k 0x7
          P0: h = get k
          P0: madvise k MADV_PAGEOUT
          P0: pagemap k
  held:   P0: mincore k
          P0: put h

# Debian 6.1 in the virtual machine
expect *:
  cold  = 0*4
  ahead = 1*4
  shmem = 0 1 0
  out   = 0*3
  in    = 0 1 0
  anon  = 1 0*2
  held  = 1

never: bad-page-map, bad-rss-counter, bug, warn
