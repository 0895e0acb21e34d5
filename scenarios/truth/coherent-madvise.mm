linuxmm-scenario 1
name:    coherent-madvise
intent:  Advice reaches the ordinary pages of a range and leaves device pages alone; only
         MADV_DONTNEED takes both. On less than 2 MiB MADV_COLLAPSE is refused.

machine:
  node0 1G
  node1 1G
  coherent0 256M
  swap 256M zram
  sysctl kernel.numa_balancing = 0

steps:
                   P0: cold = mmap 4p rw private anon
                   P0: write cold 0x33
                   coherent0: migrate P0.cold[0:2]
         cold_ret: P0: madvise cold MADV_COLD
       cold_pages: P0: pages cold
         cold_rss: P0: smaps cold
        cold_read: P0: read cold[0]
       cold_again: P0: pages cold

                   P0: pageout = mmap 4p rw private anon
                   P0: write pageout 0x33
                   coherent0: migrate P0.pageout[0:2]
      pageout_ret: P0: madvise pageout MADV_PAGEOUT
    pageout_pages: P0: pages pageout
      pageout_rss: P0: smaps pageout
     pageout_read: P0: read pageout[0]
    pageout_again: P0: pages pageout

                   P0: free = mmap 4p rw private anon
                   P0: write free 0x33
                   coherent0: migrate P0.free[0:2]
         free_ret: P0: madvise free MADV_FREE
       free_pages: P0: pages free
         free_rss: P0: smaps free
        free_read: P0: read free[0]
       free_again: P0: pages free

                   P0: dontneed = mmap 4p rw private anon
                   P0: write dontneed 0x33
                   coherent0: migrate P0.dontneed[0:2]
     dontneed_ret: P0: madvise dontneed MADV_DONTNEED
   dontneed_pages: P0: pages dontneed
     dontneed_rss: P0: smaps dontneed

                   P0: mergeable = mmap 4p rw private anon
                   P0: write mergeable 0x33
                   coherent0: migrate P0.mergeable[0:2]
    mergeable_ret: P0: madvise mergeable MADV_MERGEABLE
  mergeable_pages: P0: pages mergeable
    mergeable_rss: P0: smaps mergeable
   mergeable_read: P0: read mergeable[0]
  mergeable_again: P0: pages mergeable

                   P0: hugepage = mmap 4p rw private anon
                   P0: write hugepage 0x33
                   coherent0: migrate P0.hugepage[0:2]
     hugepage_ret: P0: madvise hugepage MADV_HUGEPAGE
   hugepage_pages: P0: pages hugepage
     hugepage_rss: P0: smaps hugepage
    hugepage_read: P0: read hugepage[0]
   hugepage_again: P0: pages hugepage

                   P0: populate = mmap 4p rw private anon
                   P0: write populate 0x33
                   coherent0: migrate P0.populate[0:2]
     populate_ret: P0: madvise populate MADV_POPULATE_READ
   populate_pages: P0: pages populate
     populate_rss: P0: smaps populate
    populate_read: P0: read populate[0]
   populate_again: P0: pages populate

                   P0: collapse = mmap 4p rw private anon
                   P0: write collapse 0x33
                   coherent0: migrate P0.collapse[0:2]
     collapse_ret: P0: madvise collapse MADV_COLLAPSE
   collapse_pages: P0: pages collapse
     collapse_rss: P0: smaps collapse
    collapse_read: P0: read collapse[0]
   collapse_again: P0: pages collapse

expect v6.1:
  cold_ret        = 0
  cold_pages      = dev:x*2 ram:x*2
  cold_rss        = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=8 \
                    Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  cold_read       = 0x33
  cold_again      = dev:x*2 ram:x*2
  pageout_ret     = 0
  pageout_pages   = dev:x*2 swap*2
  pageout_rss     = Rss=8 Pss=8 Shared_Dirty=0 Private_Clean=0 Private_Dirty=8 Referenced=8 \
                    Anonymous=8 LazyFree=0 AnonHugePages=0 Swap=8 Locked=0 ...
  pageout_read    = 0x33
  pageout_again   = dev:x*2 swap*2
  free_ret        = 0
  free_pages      = dev:x*2 ram:x*2
  free_rss        = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=8 Private_Dirty=8 Referenced=8 \
                    Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  free_read       = 0x33
  free_again      = dev:x*2 ram:x*2
  dontneed_ret    = 0
  dontneed_pages  = none*4
  dontneed_rss    = Rss=0 Pss=0 Shared_Dirty=0 Private_Clean=0 Private_Dirty=0 Referenced=0 \
                    Anonymous=0 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  mergeable_ret   = 0
  mergeable_pages = dev:x*2 ram:x*2
  mergeable_rss   = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=16 \
                    Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  mergeable_read  = 0x33
  mergeable_again = dev:x*2 ram:x*2
  hugepage_ret    = 0
  hugepage_pages  = dev:x*2 ram:x*2
  hugepage_rss    = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=16 \
                    Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  hugepage_read   = 0x33
  hugepage_again  = dev:x*2 ram:x*2
  populate_ret    = 0
  populate_pages  = dev:x*2 ram:x*2
  populate_rss    = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=16 \
                    Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  populate_read   = 0x33
  populate_again  = dev:x*2 ram:x*2
  collapse_ret    = -EINVAL
  collapse_pages  = dev:x*2 ram:x*2
  collapse_rss    = Rss=16 Pss=16 Shared_Dirty=0 Private_Clean=0 Private_Dirty=16 Referenced=16 \
                    Anonymous=16 LazyFree=0 AnonHugePages=0 Swap=0 Locked=0 ...
  collapse_read   = 0x33
  collapse_again  = dev:x*2 ram:x*2

never: bad-page-map, bad-rss-counter, bad-page-state, bug, warn
