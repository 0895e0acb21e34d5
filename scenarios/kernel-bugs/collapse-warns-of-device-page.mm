linuxmm-scenario 1
name:    collapse-warns-of-device-page
intent:  A private copy that lies in device memory is met by collapse_pte_mapped_thp, which warns of what it thinks cannot be there.

machine:
  node0 512M
  coherent0 256M
  thp madvise
  shmem_enabled always

# Private copies are expected among the entries, and end it; a device page is warned of as well
# (mm/khugepaged.c:collapse_pte_mapped_thp), although a copy can be moved to device memory.
steps:
      P0: f = memfd_create 512p
      P0: pwrite f[0] 0x11
      P0: a = mmap f rw private
      P0: write a[1] 0x22
      P0: read a[0]
      coherent0: migrate P0.a[1]
  r1: P0: madvise a MADV_COLLAPSE
  r2: P0: smaps a Rss

expect v6.1:
  r1 = -EINVAL
  r2 = Rss=64

exists: warn
