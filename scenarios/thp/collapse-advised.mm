linuxmm-scenario 1
name:    thp-collapse-advised
intent:  MADV_COLLAPSE asks neither for THP by sysfs nor for limits, and says why it could not.

machine:
  node0 512M
  coherent0 256M

steps:
       P0: a = mmap 1024p
  r1:  P0: madvise a MADV_COLLAPSE
       P0: write a[0] 0x11
  r2:  P0: madvise a MADV_COLLAPSE
  r3:  P0: smaps a Rss AnonHugePages
       P0: write a[600] 0x22
  r4:  P0: madvise a MADV_COLLAPSE
  r5:  P0: smaps a Rss AnonHugePages
  r6:  P0: madvise a MADV_COLLAPSE
       P0: b = mmap 512p
       P0: write b[0:3] 0x33
       P0: h = get b[1]
  r7:  P0: madvise b MADV_COLLAPSE
       P0: put h
       coherent0: migrate P0.b[1]
  r8:  P0: madvise b MADV_COLLAPSE
       coherent0: migrate_to_sys P0.b[1]
       P0: mprotect b r
  r9:  P0: madvise b MADV_COLLAPSE
       P0: mprotect b rw
       P0: write b[2] 0x44
  r10: P0: madvise b MADV_COLLAPSE
  r11: P0: read b[0:4]
  r12: P0: smaps b Rss AnonHugePages
       P0: c = mmap 512p
       P0: read c[0:2]
  r13: P0: madvise c MADV_COLLAPSE
       P0: madvise c MADV_NOHUGEPAGE
       P0: write c[0] 0x55
  r14: P0: madvise c MADV_COLLAPSE
  r15: P0: vmstat thp_collapse_alloc nr_isolated_anon
       P0: d = mmap 512p rw shared anon
  r16: P0: madvise d[0:511] MADV_COLLAPSE

expect v6.1:
  r1  = -EINVAL
  r2  = -EINVAL
  r3  = Rss=2048 AnonHugePages=2048
  r4  = 0
  r5  = Rss=4096 AnonHugePages=4096
  r6  = 0
  r7  = -EAGAIN
  r8  = -EINVAL
  r9  = -EINVAL
  r10 = 0
  r11 = 0x33*2 0x44 0x0
  r12 = Rss=2048 AnonHugePages=2048
  r13 = -EINVAL
  r14 = -EINVAL
  r15 = nr_isolated_anon=0 thp_collapse_alloc=3
  r16 = 0
