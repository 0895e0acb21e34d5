linuxmm-scenario 1
name:    fewer-than-none-promised
intent:  Since 6.12 munmap of a huge page that somebody pins leaves one promised page less than
         none: HugePages_Rsvd reads 18446744073709551615, one mapping more is let in than there are
         pages, and the last of them gets SIGBUS.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 2

# __unmap_hugepage_range (mm/hugetlb.c) takes the address out of the reserve map, so that
# hugetlb_vm_op_close counts it as a promise that was not used, and takes it from
# resv_huge_pages; free_huge_folio would have put it there, but comes only with the last
# reference.  Played on Debian's 6.12.117.
steps:
         P0: a = mmap 512p hugetlb
         P0: write a[0] 0x11
         P0: g = pin a[0] FOLL_WRITE
         P0: munmap a
  less:  P0: meminfo HugePages_Free HugePages_Rsvd
         P0: b = mmap 512p hugetlb
  more:  P0: c = mmap 512p hugetlb
         P0: read b[0]
  full:  P0: meminfo HugePages_Free HugePages_Rsvd
  lost:  P0: read c[0]

expect v6.1:
  less = HugePages_Free=-1 HugePages_Rsvd=0
  more = -ENOMEM

expect v6.12:
  less = HugePages_Free=-1 HugePages_Rsvd=-1
  more = ok
  full = HugePages_Free=-2 HugePages_Rsvd=0
  lost = SIGBUS@0
