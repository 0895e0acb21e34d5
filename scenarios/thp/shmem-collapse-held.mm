linuxmm-scenario 1
name:    thp-shmem-collapse-held
intent:  What keeps khugepaged and MADV_COLLAPSE from shmem: holes, pages in swap, references, private copies, a mapping that lies askew.

machine:
  node0 512M
  swap 64M zram
  thp madvise
  shmem_enabled always
  khugepaged max_ptes_none = 510
  khugepaged max_ptes_swap = 1

steps:
       P0: f = memfd_create 1024p
       P0: pwrite f[600] 0x10
       P0: a = mmap f shared
       P0: madvise a MADV_NOHUGEPAGE
       P0: write a[5] 0x11
       khugepaged: scan
       P0: b = mmap f shared
       P0: read b[5]
       khugepaged: scan
  r1:  P0: smaps b Rss ShmemPmdMapped
  r2:  P0: vmstat thp_scan_exceed_none_pte thp_collapse_alloc
       P0: write a[6] 0x12
       P0: h = get a[6]
       khugepaged: scan
  r3:  P0: smaps b Rss ShmemPmdMapped
       P0: put h
       P0: write a[7:10] 0x13
       P0: madvise a[7:10] MADV_PAGEOUT
  r4:  P0: smaps a Rss Swap
       khugepaged: scan
  r5:  P0: smaps b Rss ShmemPmdMapped
  r6:  P0: vmstat thp_scan_exceed_swap_pte thp_collapse_alloc
  r7:  P0: madvise b[0:512] MADV_COLLAPSE
       drain
  r8:  P0: smaps a Rss Swap
       P0: read a[7:10]
       drain
  r9:  P0: madvise b[0:512] MADV_COLLAPSE
  r10: P0: smaps b Rss ShmemPmdMapped
  r11: P0: smaps a Rss ShmemPmdMapped
  r12: P0: read a[5:11]
  r13: P0: smaps a Rss ShmemPmdMapped
       P0: c = mmap f private
       P0: write c[3] 0x15
       P0: read c[5]
  r14: P0: madvise c MADV_COLLAPSE
  r15: P0: smaps c Rss Anonymous ShmemPmdMapped
       P0: d = mmap f[1:1024] shared
       P0: read d[0:3]
       P0: read d[600]
  r16: P0: madvise d MADV_COLLAPSE
  r17: P0: smaps d Rss ShmemPmdMapped
  r18: P0: kpagecount d[0:2]

expect v6.1:
  r1  = Rss=4 ShmemPmdMapped=0
  r2  = thp_collapse_alloc=0 thp_scan_exceed_none_pte=1
  r3  = Rss=4 ShmemPmdMapped=0
  r4  = Rss=8 Swap=12
  r5  = Rss=4 ShmemPmdMapped=0
  r6  = thp_collapse_alloc=0 thp_scan_exceed_swap_pte=1
  r7  = -EAGAIN
  r8  = Rss=0 Swap=8
  r9  = 0
  r10 = Rss=2048 ShmemPmdMapped=2048
  r11 = Rss=0 ShmemPmdMapped=0
  r12 = 0x11 0x12 0x13*3 0x0
  r13 = Rss=64 ShmemPmdMapped=0
  r14 = -EINVAL
  r15 = Rss=64 Anonymous=4 ShmemPmdMapped=0
  r16 = -EINVAL
  r17 = Rss=128 ShmemPmdMapped=0
  r18 = 4*2
