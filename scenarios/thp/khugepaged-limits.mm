linuxmm-scenario 1
name:    thp-khugepaged-limits
intent:  khugepaged passes over a table with too many holes, shared pages or pages that are out.

machine:
  node0 512M
  node1 512M
  cpus 2
  swap 64M zram
  coherent0 256M
  thp madvise
  khugepaged max_ptes_none = 511
  khugepaged max_ptes_swap = 2
  khugepaged max_ptes_shared = 3

steps:
       P0: a = mmap 512p
       P0: write a[0:8] 0x11
       P0: madvise a MADV_HUGEPAGE
       P0: madvise a[0:3] MADV_PAGEOUT
       khugepaged: scan
  r1:  P0: vmstat thp_scan_exceed_swap_pte thp_collapse_alloc
       P0: read a[0]
       khugepaged: scan
  r2:  P0: vmstat thp_scan_exceed_swap_pte thp_collapse_alloc
  r3:  P0: smaps a Rss Swap AnonHugePages
       P0: P1 = fork
       P1: write P1.a[7] 0x22
       khugepaged: scan
  r4:  P0: vmstat thp_scan_exceed_share_pte thp_collapse_alloc
       P1: write P1.a[3:6] 0x23
       khugepaged: scan
  r5:  P0: vmstat thp_scan_exceed_share_pte thp_collapse_alloc
  r6:  P0: smaps a Rss Pss AnonHugePages
  r7:  P1: smaps P1.a Rss Pss AnonHugePages Swap
       P1: write P1.a[0:3] 0x24
       khugepaged: scan 2
  r8:  P1: smaps P1.a Rss Pss AnonHugePages
  r9:  P0: smaps a Rss Pss AnonHugePages
  r10: P0: read a[0:9]
  r11: P1: read P1.a[0:9]
       P0: b = mmap 512p
       P0: write b[0:2] 0x33
       P0: madvise b MADV_HUGEPAGE
       coherent0: migrate P0.b[1]
       khugepaged: scan
  r12: P0: smaps b Rss AnonHugePages
       coherent0: migrate_to_sys P0.b[1]
       P0: mprotect b r
       khugepaged: scan
  r13: P0: smaps b Rss AnonHugePages
       P0: mprotect b rw
       P0: write b[0] 0x34
       P0: k = pin b[1] FOLL_WRITE
       khugepaged: scan
  r14: P0: smaps b Rss AnonHugePages
       P0: unpin k
       P0: clear_refs 1
       khugepaged: scan
  r15: P0: smaps b Rss AnonHugePages
       P0: read b[1]
       khugepaged: scan
  r16: P0: smaps b Rss AnonHugePages
       P0: c = mmap 512p
       P0: write c[0] 0x44
       P0 on cpu1: write c[1:3] 0x45
       P0: madvise c MADV_HUGEPAGE
       khugepaged: scan
  r17: P0: numa_maps c
  r18: P0: vmstat thp_collapse_alloc thp_collapse_alloc_failed thp_scan_exceed_none_pte nr_isolated_anon

expect v6.1:
  r1  = thp_collapse_alloc=0 thp_scan_exceed_swap_pte=1
  r2  = thp_collapse_alloc=0 thp_scan_exceed_swap_pte=1
  r3  = Rss=24 AnonHugePages=0 Swap=8
  r4  = thp_collapse_alloc=0 thp_scan_exceed_share_pte=2
  r5  = thp_collapse_alloc=0 thp_scan_exceed_share_pte=2
  r6  = Rss=24 Pss=20 AnonHugePages=0
  r7  = Rss=24 Pss=20 AnonHugePages=0 Swap=8
  r8  = Rss=2048 Pss=2048 AnonHugePages=2048
  r9  = Rss=24 Pss=24 AnonHugePages=0
  r10 = 0x11*8 0x0
  r11 = 0x24*3 0x23*3 0x11 0x22 0x0
  r12 = Rss=8 AnonHugePages=0
  r13 = Rss=8 AnonHugePages=0
  r14 = Rss=8 AnonHugePages=0
  r15 = Rss=8 AnonHugePages=0
  r16 = Rss=2048 AnonHugePages=2048
  r17 = anon=512 dirty=512 active=0 N1=512
  r18 = nr_isolated_anon=0 thp_collapse_alloc=3 thp_collapse_alloc_failed=0 thp_scan_exceed_none_pte=0
