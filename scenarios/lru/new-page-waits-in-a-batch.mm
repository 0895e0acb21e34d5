linuxmm-scenario 1
name:    new-page-waits-in-a-batch
intent:  A page that was just faulted in is not on the LRU: it sits in a batch of its CPU until
         that is full or drained.

machine:
  node0 512M
  cpus 2

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x5a
  before: P0: kpageflags a
          drain cpu1
  other:  P0: kpageflags a
          drain cpu0
  after:  P0: kpageflags a

# facts/lru-and-swap.md, "Batches": PG_lru comes at the drain.  MAPPEDTODISK is the bit that
# 5.19 and later use for an exclusive anonymous page (facts/proc.md).
expect v5.17-coherent:
  before = ANON,MMAP,SWAPBACKED,UPTODATE
  other  = ANON,MMAP,SWAPBACKED,UPTODATE
  after  = ANON,LRU,MMAP,SWAPBACKED,UPTODATE
expect v6.1:
  before = ANON,MAPPEDTODISK,MMAP,SWAPBACKED,UPTODATE
  other  = ANON,MAPPEDTODISK,MMAP,SWAPBACKED,UPTODATE
  after  = ANON,LRU,MAPPEDTODISK,MMAP,SWAPBACKED,UPTODATE
