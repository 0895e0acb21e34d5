linuxmm-scenario 1
name:    clear-refs-on-coherent
intent:  Clearing references ages device pages like RAM: Referenced falls to nothing and returns
         with the next access.

machine:
  node0 1G
  node1 1G
  coherent0 256M
  swap 256M zram
  sysctl kernel.numa_balancing = 0

steps:
           P0: a = mmap 4p rw private anon
           P0: write a 0x1
           coherent0: migrate P0.a[0:2]
  written: P0: smaps a
           P0: clear_refs 1
  cleared: P0: smaps a
           P0: read a[0]
           P0: read a[3]
  touched: P0: smaps a

expect v6.1:
  written = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=16 \
            Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  cleared = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=0 \
            Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  touched = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=8 \
            Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...

never: bad-page-map, bad-rss-counter, bad-page-state, bug, warn
