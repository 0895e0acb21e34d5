linuxmm-scenario 1
name:    thp-shmem-collapse-from-swap
intent:  MADV_COLLAPSE of shmem reads in what is in swap; later kernels put that page on the LRU list at once, to isolate it.

machine:
  node0 512M
  swap 64M zram
  shmem_enabled advise

steps:
      P0: f = memfd_create 512p
      P0: a = mmap f shared
      P0: write a[0:4] 0x11
      drain
      P0: madvise a[0:4] MADV_PAGEOUT
  r1: P0: mincore a[0:5]
  r2: P0: madvise a MADV_COLLAPSE
  r3: P0: smaps a Rss ShmemPmdMapped
  r4: P0: read a[0:5]
  r5: P0: smaps a Rss ShmemPmdMapped
