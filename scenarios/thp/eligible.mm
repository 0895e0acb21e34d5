linuxmm-scenario 1
name:    thp-eligible
intent:  THPeligible: may the area hold huge pages by size, advice and sysfs; touched or not.

machine:
  node0 512M
  dax0 64M
  thp madvise
  shmem_enabled advise

steps:
       P0: a = mmap 512p
       P0: b = mmap 511p
       P0: s = mmap 512p rw shared
       P0: f = memfd_create 600p
       P0: m = mmap f[3:600] rw private
       P0: g = file 512p
       P0: e = mmap g rw private
       P0: d = mmap 512p rw shared dax0
   r1: P0: smaps a Rss THPeligible
       P0: madvise a MADV_HUGEPAGE
       P0: madvise b MADV_HUGEPAGE
   r2: P0: smaps a THPeligible
   r3: P0: smaps b THPeligible
       P0: write a[0] 0x11
   r4: P0: smaps a THPeligible Rss
       P0: munmap a[0:1]
   r5: P0: smaps a[1] THPeligible
   r6: P0: smaps s THPeligible
       P0: madvise s MADV_HUGEPAGE
   r7: P0: smaps s THPeligible
       P0: madvise m MADV_HUGEPAGE
   r8: P0: smaps m THPeligible
       P0: madvise e MADV_HUGEPAGE
       P0: write e[0] 0x11
   r9: P0: smaps e THPeligible
       P0: madvise d MADV_HUGEPAGE
  r10: P0: smaps d THPeligible
       P0: madvise s MADV_NOHUGEPAGE
  r11: P0: smaps s THPeligible VmFlags

expect v6.1:
  r1  = Rss=0 THPeligible=0
  r2  = THPeligible=1
  r3  = THPeligible=0
  r4  = Rss=2048 THPeligible=1
  r5  = THPeligible=0
  r6  = THPeligible=0
  r7  = THPeligible=1
  r8  = THPeligible=0
  r9  = THPeligible=0
  r10 = THPeligible=0
  r11 = THPeligible=0 ...
