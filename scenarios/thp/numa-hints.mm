linuxmm-scenario 1
name:    thp-numa-hints
intent:  A hinted leaf that another node touches goes there whole, unless it is shared or held.

machine:
  node0 512M
  node1 512M
  cpus 2
  sysctl kernel.numa_balancing = 1
  thp always

steps:
       P0: a = mmap 512p
       P0: write a 0x11
       numa: scan P0
  r1:  P0: move_pages a[0:2]
  r2:  P0: move_pages a[0:2] node1
  r3:  P0: pagemap a[0:1]
       P0 on cpu1: read a[7]
  r4:  P0: numa_maps a
       P0 on cpu1: write a[8] 0x12
  r5:  P0: smaps a Rss AnonHugePages
       numa: scan P0
       P0: write a[3] 0x13
  r6:  P0: move_pages a[0:2]
  r7:  P0: read a[2:9]
  # held: it stays
       P0: k = get a[5]
       numa: scan P0
       P0 on cpu1: write a[7] 0x14
  r8:  P0: numa_maps a
       P0: put k
  # shared: it stays, too
       P0: P1 = fork
       numa: scan P0
       P0 on cpu1: read a[7]
  r9:  P0: numa_maps a
  r10: P0: vmstat nr_isolated_anon thp_split_pmd
       P1: exit
       numa: scan P0
       P0 on cpu1: read a[7]
  r11: P0: numa_maps a
  r12: P0: read a[2:9]

expect v6.1:
  r1  = -EFAULT*2
  r2  = -EFAULT*2
  r3  = PXD
  r4  = anon=512 dirty=512 active=0 N1=512
  r5  = Rss=2048 AnonHugePages=2048
  r6  = node0*2
  r7  = 0x11 0x13 0x11*4 0x12
  r8  = anon=512 dirty=512 active=0 N0=512
  r9  = anon=512 dirty=512 mapmax=2 active=0 N0=512
  r10 = nr_isolated_anon=0 thp_split_pmd=0
  r11 = anon=512 dirty=512 active=0 N1=512
  r12 = 0x11 0x13 0x11*3 0x14 0x12
