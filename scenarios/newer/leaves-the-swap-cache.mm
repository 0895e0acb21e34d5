linuxmm-scenario 1
name:    leaves-the-swap-cache
intent:  A page that two processes had swapped out stayed in the swap cache when both had read it
         back; in 7.1 it leaves it with the last of them, and is dirty.  A page of one process goes
         the same way.

machine:
  node0 512M
  swap 64M zram

steps:
           P0: a = mmap 2p rw private anon
           P0: write a 0x11
           drain
           P0: madvise a MADV_PAGEOUT
           P0: P1 = fork
           P0: read a[0]
           P1: read P1.a[0]
   both:   P0: smaps a[0] Private_Dirty Shared_Dirty Shared_Clean Swap
   cached: P0: kpageflags a[0]
           P1: exit
           P0: read a[1]
   one:    P0: numa_maps a
   left:   P0: kpageflags a[1]

# mm/memory.c:do_swap_page, should_try_to_free_swap (SWP_SYNCHRONOUS_IO)
expect v6.18:
  both   = Shared_Clean=4 Shared_Dirty=0 Private_Dirty=0 Swap=4
  cached = UPTODATE,ACTIVE,MMAP,ANON,SWAPCACHE,SWAPBACKED,OWNER_PRIVATE
  one    = anon=2 swapcache=1 N0=2
  left   = UPTODATE,ACTIVE,MMAP,ANON,SWAPBACKED,MAPPEDTODISK

expect v7.1:
  both   = Shared_Clean=0 Shared_Dirty=4 Private_Dirty=0 Swap=4
  cached = UPTODATE,DIRTY,ACTIVE,MMAP,ANON,SWAPBACKED
  one    = anon=2 dirty=2 N0=2
  left   = UPTODATE,DIRTY,ACTIVE,MMAP,ANON,SWAPBACKED
