linuxmm-scenario 1
name:    thp-shmem-maps-parts
intent:  Where MADV_NOHUGEPAGE keeps a leaf from a huge page that is there, a fault maps the parts around it, or all parts of shared anonymous memory.

machine:
  node0 512M
  shmem_enabled always

steps:
      P0: f = memfd_create 512p
      P0: a = mmap f shared
      P0: write a[3] 0x11
      P0: b = mmap f shared
      P0: madvise b MADV_NOHUGEPAGE
      P0: read b[3]
  r1: P0: smaps b Rss ShmemPmdMapped
      P0: write b[100] 0x12
  r2: P0: smaps b Rss ShmemPmdMapped
      P0: s = mmap 1024p rw shared anon
      P0: write s[3] 0x13
      P0: write s[600] 0x14
      P0: P1 = fork
      P1: madvise P1.s MADV_NOHUGEPAGE
      P1: write P1.s[5] 0x22
  r3: P1: smaps P1.s Rss ShmemPmdMapped Shared_Dirty
  r4: P1: pagemap P1.s[4:7]
      P1: read P1.s[600]
  r5: P1: smaps P1.s Rss ShmemPmdMapped
      P1: write P1.s[700] 0x23
  r6: P1: smaps P1.s Rss ShmemPmdMapped
  r7: P0: kpagecount s[5:7]
  r8: P0: read s[3:6]
  r9: P1: status RssShmem
      P0: t = mmap 511p rw shared anon
  r10: P0: smaps t THPeligible
      P0: u = mmap 1p rw shared anon
  r11: P0: smaps u THPeligible
