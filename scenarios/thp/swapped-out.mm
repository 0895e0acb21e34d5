linuxmm-scenario 1
name:    thp-swapped-out
intent:  MADV_PAGEOUT writes a huge page in one piece, and its pages come back one by one.

machine:
  node0 512M
  swap 64M zram
  thp always

steps:
       P0: a = mmap 1024p
       P0: write a 0x11
       P0: write a[0:2] 0x12 0x13
       P0: madvise a[0:512] MADV_PAGEOUT
  r1:  P0: vmstat thp_swpout thp_swpout_fallback pswpout thp_split_pmd thp_split_page thp_deferred_split_page
  r2:  P0: smaps a Rss Swap AnonHugePages
  r3:  P0: pagemap a[0:3]
  r4:  P0: move_pages a[510:514]
  r5:  P0: read a[0:4]
       P0: write a[511] 0x14
  r6:  P0: smaps a Rss Swap AnonHugePages
  r7:  P0: vmstat pswpin
  # nobody's but ours, or nothing happens
       P0: P1 = fork
       P0: madvise a[512:1024] MADV_PAGEOUT
  r8:  P0: smaps a Rss Swap AnonHugePages
       P1: exit
       P0: k = get a[600]
       P0: madvise a[512:1024] MADV_PAGEOUT
  r9:  P0: smaps a Rss Swap AnonHugePages
  r10: P0: kpageflags a[512]
       P0: put k
       P0: h = pin a[600]
       P0: madvise a[512:1024] MADV_PAGEOUT
  r11: P0: smaps a Rss Swap AnonHugePages
       P0: unpin h
  # a part of it: the page is split
       P0: madvise a[600:604] MADV_PAGEOUT
  r12: P0: smaps a Rss Swap AnonHugePages
  r13: P0: vmstat thp_swpout thp_split_page
  # lazily freed, and written to again
       P0: b = mmap 512p
       P0: write b 0x31
       P0: madvise b MADV_FREE
       P0: madvise b MADV_PAGEOUT
  r14: P0: smaps b Rss Swap LazyFree AnonHugePages
  r15: P0: vmstat pglazyfreed thp_swpout thp_deferred_split_page
  r16: P0: read b[0:2]
       P0: c = mmap 512p
       P0: write c 0x41
       P0: madvise c MADV_FREE
       P0: write c[3] 0x42
       P0: madvise c MADV_PAGEOUT
  r17: P0: smaps c Rss Swap LazyFree AnonHugePages
  r18: P0: read c[2:5]
       P0: d = mmap 512p
       P0: write d 0x51
       P0: madvise d MADV_PAGEOUT
       P0: P2 = fork
       P2: write P2.d[1] 0x52
  r19: P2: smaps P2.d Rss Swap SwapPss
       P0: madvise d MADV_DONTNEED
  r20: P2: read P2.d[0:3]
  r21: P0: status VmSwap

expect v6.1:
  r1  = pswpout=512 thp_split_page=0 thp_deferred_split_page=0 thp_split_pmd=1 thp_swpout=1 thp_swpout_fallback=0
  r2  = Rss=2048 AnonHugePages=2048 Swap=2048
  r3  = SD*3
  r4  = -ENOENT*2 node0*2
  r5  = 0x12 0x13 0x11*2
  r6  = Rss=2068 AnonHugePages=2048 Swap=2028
  r7  = pswpin=5
  r8  = Rss=2068 AnonHugePages=2048 Swap=2028
  r9  = Rss=2068 AnonHugePages=2048 Swap=2028
  r10 = UPTODATE,LRU,ACTIVE,MMAP,ANON,SWAPBACKED,COMPOUND_HEAD,THP
  r11 = Rss=2068 AnonHugePages=2048 Swap=2028
  r12 = Rss=2052 AnonHugePages=0 Swap=2044
  r13 = thp_split_page=1 thp_swpout=1
  r14 = Rss=0 LazyFree=0 AnonHugePages=0 Swap=0
  r15 = pglazyfreed=512 thp_deferred_split_page=2 thp_swpout=1
  r16 = 0x0*2
  r17 = Rss=2048 LazyFree=0 AnonHugePages=0 Swap=0
  r18 = 0x41 0x42 0x41
  r19 = Rss=4 Swap=2044 SwapPss=1022
  r20 = 0x51 0x52 0x51
  r21 = VmSwap=2044
