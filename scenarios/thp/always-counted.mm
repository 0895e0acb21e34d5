linuxmm-scenario 1
name:    thp-always-counters
intent:  Where the setting is always, khugepaged counts the pages that it passes over, and nobody else's.

machine:
  node0 512M
  thp always
  khugepaged max_ptes_shared = 3

steps:
      P0: a = mmap 512p
      P0: madvise a MADV_NOHUGEPAGE
      P0: write a[0:4] 0x11
      P0: P1 = fork
      P0: madvise a MADV_HUGEPAGE
      khugepaged: scan
  r1: P0: vmstat thp_scan_exceed_share_pte thp_scan_exceed_none_pte thp_scan_exceed_swap_pte thp_collapse_alloc
      P1: madvise P1.a MADV_HUGEPAGE
      khugepaged: scan
  r2: P0: vmstat thp_scan_exceed_share_pte thp_scan_exceed_none_pte thp_scan_exceed_swap_pte thp_collapse_alloc
      P1: write P1.a[0] 0x12
      khugepaged: scan
  r3: P0: vmstat thp_scan_exceed_share_pte thp_scan_exceed_none_pte thp_scan_exceed_swap_pte thp_collapse_alloc

expect *:
  r1 = thp_collapse_alloc=0 thp_scan_exceed_none_pte=0 thp_scan_exceed_swap_pte=0 thp_scan_exceed_share_pte=1
  r2 = thp_collapse_alloc=0 thp_scan_exceed_none_pte=0 thp_scan_exceed_swap_pte=0 thp_scan_exceed_share_pte=3
  r3 = thp_collapse_alloc=1 thp_scan_exceed_none_pte=0 thp_scan_exceed_swap_pte=0 thp_scan_exceed_share_pte=3
