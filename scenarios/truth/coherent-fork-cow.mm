linuxmm-scenario 1
name:    coherent-fork-cow
intent:  A device page is shared by fork and copied on write like any anonymous page: the child's
         write gives it a page in RAM; once the child is gone the parent writes in place.

machine:
  node0 1G
  node1 1G
  coherent0 256M
  swap 256M zram
  sysctl kernel.numa_balancing = 0

steps:
                P0: a = mmap 4p rw private anon
                P0: write a 0x10 0x11 0x12 0x13
                coherent0: migrate P0.a
                P0: P1 = fork
  child_before: P1: pages a
                P1: write a[0] 0x99
                P1: read a[1]
   child_after: P1: pages a
     child_own: P1: read a[0]
  child_shared: P1: read a[1]
     child_rss: P1: smaps a
                P1: exit
         alone: P0: pages a
                P0: write a[1] 0x77
       written: P0: pages a
      contents: P0: read a

expect v6.1:
  child_before = dev*4
  child_after  = ram:x dev*3
  child_own    = 0x99
  child_shared = 0x11
  child_rss    = Rss=16 Pss=10 Shared_Dirty=12 Private_Clean=0 Private_Dirty=4 Referenced=8 \
                 Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  alone        = dev:x*4
  written      = dev:x*4
  contents     = 0x10 0x77 0x12 0x13

never: bad-page-map, bad-rss-counter, bad-page-state, bug, warn
