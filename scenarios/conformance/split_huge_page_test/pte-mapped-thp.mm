linuxmm-scenario 1
name:    split_huge_page_test-pte-mapped-thp
intent:  split_huge_page_test split_pte_mapped_thp: one part of each huge page is moved to
         another place; a write there splits the whole.

machine:
  node0 512M
  thp madvise

steps:
          P0: a = mmap 1024p
          P0: madvise a MADV_HUGEPAGE
          P0: write a[0:512] 0x11
          P0: write a[512:1024] 0x22
   whole: P0: smaps a AnonHugePages
          P0: b = mremap a[1] 1p MREMAP_MAYMOVE MREMAP_FIXED
          P0: c = mremap a[514] 1p MREMAP_MAYMOVE MREMAP_FIXED
     thp: P0: kpageflags b
    thp2: P0: kpageflags c
          P0: split_huge_pages b
          P0: split_huge_pages c
   small: P0: pages b
       n: P0: vmstat thp_split_page
   there: P0: read b
  there2: P0: read c

expect v6.1:
  whole  = AnonHugePages=4096
  thp    = MMAP,ANON,COMPOUND_TAIL,THP,...
  thp2   = MMAP,ANON,COMPOUND_TAIL,THP,...
  small  = ram:x
  n      = thp_split_page=2
  there  = 0x11
  there2 = 0x22

never: bad-page-map, bad-rss-counter, bug, warn
