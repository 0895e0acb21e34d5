linuxmm-scenario 1
name:    free-then-pageout
intent:  MADV_FREE gives contents away; a write before reclaim takes them back.

machine:
  node0 512M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x5a
  free:   P0: madvise a MADV_FREE
  batch:  P0: smaps a
          drain
  lazy:   P0: smaps a
          P0: write a[1] 0x66
          P0: madvise a MADV_PAGEOUT
  left:   P0: pages a
  kept:   P0: read a[1]

# debian-6.1.json: right after MADV_FREE Private_Clean 8 and LazyFree still 0 (the pages are in
# this CPU's batch); facts/lru-and-swap.md: redirtied pages are restored
expect *:
  free  = 0
  batch = Private_Clean=8 LazyFree=0 Anonymous=8 ...
  lazy  = Private_Clean=8 LazyFree=8 ...
  left  = none ram:x
  kept  = 0x66
