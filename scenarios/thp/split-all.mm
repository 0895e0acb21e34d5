linuxmm-scenario 1
name:    thp-split-all
intent:  1 written to split_huge_pages splits every huge page that nobody holds, of any process.

machine:
  node0 512M
  thp madvise

steps:
      P0: a = mmap 1024p
      P0: madvise a MADV_HUGEPAGE
      P0: write a 0x11
      P0: h = get a[600]
      P0: P1 = fork
      P1: b = mmap 512p
      P1: madvise P1.b MADV_HUGEPAGE
      P1: write P1.b 0x22
      P1: c = mmap 512p
      P1: madvise P1.c MADV_HUGEPAGE
      P1: read P1.c
  r1: P0: split_huge_pages 2
  r2: P0: smaps a AnonHugePages
  r3: P0: split_huge_pages 1
  r4: P0: smaps a AnonHugePages
  r5: P1: smaps P1.a AnonHugePages
  r6: P1: smaps P1.b AnonHugePages
  r7: P0: vmstat thp_split_page thp_split_page_failed
  r8: P0: kpagecount a[510:514]
  r9: P1: read P1.c[0]

expect v6.1:
  r1 = -EINVAL
  r2 = AnonHugePages=4096
  r3 = 0
  r4 = AnonHugePages=2048
  r5 = AnonHugePages=2048
  r6 = AnonHugePages=0
  r7 = thp_split_page=2 thp_split_page_failed=1
  r8 = 2*4
  r9 = 0x0
