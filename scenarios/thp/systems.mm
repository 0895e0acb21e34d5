linuxmm-scenario 1
name:    thp-systems
intent:  What else asks for a leaf: long-term pins, KSM's advice, the scan of NUMA balancing.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  thp always
  sysctl kernel.numa_balancing = 1

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: h = pin a[3] FOLL_LONGTERM FOLL_WRITE
      P0: unpin h
      P0: clear_refs 1
      P0: madvise a MADV_MERGEABLE
      numa: scan P0
  r1: P0: pagemap a[0:2]
  r3: P0: move_pages a[0:2]
      P0: read a[2]
  r2: P0: smaps a Rss AnonHugePages

expect v6.1:
  r1 = PXD*2
  r3 = -EFAULT*2
  r2 = Rss=2048 AnonHugePages=2048
