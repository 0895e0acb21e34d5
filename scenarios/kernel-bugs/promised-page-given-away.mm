linuxmm-scenario 1
name:    promised-page-given-away
intent:  Since 6.12 a huge page that MADV_DONTNEED takes is promised to its process again before it
         is free. While somebody pins it, the process takes one that another mapping was promised,
         which gets SIGBUS.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 2

# __unmap_hugepage_range (mm/hugetlb.c) takes the address out of the reserve map at once, but
# resv_huge_pages counts one more only when the page is freed (free_huge_folio): until then the map
# promises a page that nothing is kept for. 6.1 has neither, and refuses the one who gave it up.
# Played on Debian's 6.12.117.
steps:
         P0: a = mmap 512p hugetlb
         P0: write a[0] 0x11
         P0: g = pin a[0] FOLL_WRITE
         P0: madvise a MADV_DONTNEED
  gone:  P0: meminfo HugePages_Free HugePages_Rsvd
         P0: b = mmap 512p hugetlb
  kept:  P0: meminfo HugePages_Free HugePages_Rsvd
  taken: P0: read a[0]
  left:  P0: meminfo HugePages_Free HugePages_Rsvd
  lost:  P0: read b[0]

expect v6.1:
  gone  = HugePages_Free=-1 HugePages_Rsvd=0
  kept  = HugePages_Free=-1 HugePages_Rsvd=1
  taken = SIGBUS@0

expect v6.12:
  gone  = HugePages_Free=-1 HugePages_Rsvd=0
  kept  = HugePages_Free=-1 HugePages_Rsvd=1
  taken = 0x0
  left  = HugePages_Free=-2 HugePages_Rsvd=0
  lost  = SIGBUS@0
