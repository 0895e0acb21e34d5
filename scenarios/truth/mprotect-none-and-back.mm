linuxmm-scenario 1
name:    mprotect-none-and-back
intent:  mprotect reaches device pages too: under PROT_NONE they stay mapped and counted, move_pages
         finds none of the range, and after the way back the data is there.

machine:
  node0 1G
  node1 1G
  coherent0 256M
  swap 256M zram
  sysctl kernel.numa_balancing = 0

steps:
       P0: a = mmap 4p rw private anon
       P0: write a 0x21
       coherent0: migrate P0.a[0:2]
  off: P0: mprotect a none
   p1: P0: pages a
   mv: P0: move_pages a
  rss: P0: smaps a
   on: P0: mprotect a rw
  val: P0: read a
   p2: P0: pages a

expect v6.1:
  off = 0
  p1  = dev:x*2 ram:x*2
  mv  = -ENOENT*4
  rss = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=16 \
        Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  on  = 0
  val = 0x21*4
  p2  = dev:x*2 ram:x*2

never: bad-page-map, bad-rss-counter, bad-page-state, bug, warn
