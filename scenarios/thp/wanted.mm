linuxmm-scenario 1
name:    thp-wanted
intent:  MADV_WILLNEED passes a huge page over: swapin_walk_pmd_entry looks at tables alone.

machine:
  node0 512M
  swap 64M zram
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
  r1: P0: madvise a MADV_WILLNEED
  r2: P0: smaps a Rss AnonHugePages Swap
  r3: P0: vmstat thp_split_pmd

expect v6.1:
  r1 = 0
  r2 = Rss=2048 Swap=0 AnonHugePages=2048
  r3 = thp_split_pmd=0
