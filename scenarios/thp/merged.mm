linuxmm-scenario 1
name:    thp-merged
intent:  ksmd splits a huge page as soon as two of its pages, or one and another's, are alike.

machine:
  node0 512M
  thp always
  ksm max_page_sharing = 1024
  ksm run = 1

steps:
       P0: a = mmap 512p
       P0: write a 0x11
       P0: write a[0:4] 0x12 0x13 0x14 0x15
       P0: madvise a[0:4] MADV_MERGEABLE
  r1:  P0: vmstat thp_split_pmd thp_split_page
       ksmd: full_scan 3
  r2:  P0: vmstat thp_split_pmd thp_split_page
  # a page of somebody else
       P0: b = mmap 1p
       P0: write b 0x13
       P0: madvise b MADV_MERGEABLE
       ksmd: full_scan 2
  r3:  P0: vmstat thp_split_pmd thp_split_page
  r4:  P0: ksm pages_shared pages_sharing pages_unshared
  r5:  P0: smaps a[0] Rss Pss AnonHugePages
  # a leaf as a whole, whose pages are alike
       P0: c = mmap 512p
       P0: write c 0x21
       P0: madvise c MADV_MERGEABLE
       ksmd: full_scan 1
  r6:  P0: smaps c Rss AnonHugePages
       ksmd: full_scan 1
  r7:  P0: smaps c Rss Pss AnonHugePages
  r8:  P0: ksm pages_shared pages_sharing pages_unshared
  r9:  P0: vmstat thp_split_page thp_split_page_failed
       P0: write c[3] 0x22
  r10: P0: read c[2:5]
  # held: it stays whole
       P0: d = mmap 512p
       P0: write d 0x31
       P0: k = get d[8]
       P0: madvise d MADV_MERGEABLE
       ksmd: full_scan 2
  r11: P0: smaps d Rss Pss AnonHugePages
  r12: P0: vmstat thp_split_page
       P0: madvise d MADV_UNMERGEABLE
  r13: P0: smaps d Rss Pss AnonHugePages
       P0: put k
       P0: e = mmap 512p
       P0: read e
       P0: madvise e MADV_MERGEABLE
       ksmd: full_scan 2
  r14: P0: ksm pages_shared pages_sharing pages_unshared
       P0: madvise c MADV_UNMERGEABLE
  r15: P0: smaps c Rss Pss

expect v6.1:
  r1  = thp_split_page=0 thp_split_pmd=1
  r2  = thp_split_page=0 thp_split_pmd=1
  r3  = thp_split_page=1 thp_split_pmd=1
  r4  = pages_shared=1 pages_sharing=1 pages_unshared=3
  r5  = Rss=16 Pss=14 AnonHugePages=0
  r6  = Rss=2048 AnonHugePages=2048
  r7  = Rss=2048 Pss=7 AnonHugePages=0
  r8  = pages_shared=2 pages_sharing=511 pages_unshared=3
  r9  = thp_split_page=2 thp_split_page_failed=1
  r10 = 0x21 0x22 0x21
  r11 = Rss=2048 Pss=2048 AnonHugePages=2048
  r12 = thp_split_page=2
  r13 = Rss=2048 Pss=2048 AnonHugePages=2048
  r14 = pages_shared=2 pages_sharing=511 pages_unshared=4
  r15 = Rss=2048 Pss=2048
