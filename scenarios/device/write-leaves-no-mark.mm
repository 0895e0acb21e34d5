linuxmm-scenario 1
name:    write-leaves-no-mark
intent:  A device that finds an entry writable stores without a fault, and nobody marks the entry:
         a lazyfree page stays clean and is discarded with what the device wrote.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x5
          P0: madvise a MADV_FREE
   store: coherent0: write P0.a[0] 0x6
   there: P0: read a[0]
    mark: P0: write a[1] 0x7
          P0: madvise a MADV_PAGEOUT
   after: P0: read a

# lib/test_hmm.c:dmirror_do_write stores through the kernel's own mapping; mm/hmm.c:
# hmm_vma_handle_pte faults only where the entry gives less than what is asked for
expect *:
  store = ok
  there = 0x6
  mark  = ok
  after = 0x0 0x7

never: bad-page-map, bad-rss-counter, bug, warn
