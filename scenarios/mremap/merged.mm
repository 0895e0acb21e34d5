linuxmm-scenario 1
name:    mremap-merged
intent:  KSM pages get pages of their own again before they move, and can be merged where they are then.

machine:
  ksm run = 1

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x5
        P0: madvise a MADV_MERGEABLE
        ksmd: full_scan 3
  old:  P0: ksm pages_shared pages_sharing
        P0: b = mremap a[0:2] 2p MREMAP_MAYMOVE MREMAP_FIXED
  own:  P0: pages b
  left: P0: ksm pages_shared pages_sharing
  flag: P0: smaps b VmFlags
        ksmd: full_scan 3
  new:  P0: ksm pages_shared pages_sharing
  one:  P0: pages b

# Debian 6.1 in the virtual machine
expect v6.1:
  old  = pages_shared=1 pages_sharing=3
  own  = ram:x*2
  left = pages_shared=1 pages_sharing=3
  flag = VmFlags=rd,wr,mr,mw,me,ac,sd,mg
  new  = pages_shared=1 pages_sharing=3
  one  = ram ram@0

never: bad-page-map, bad-rss-counter, bug, warn
