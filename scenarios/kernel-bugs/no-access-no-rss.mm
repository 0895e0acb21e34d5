linuxmm-scenario 1
name:    no-access-no-rss
intent:  A huge page of an area without access is not in smaps, neither in Rss nor anywhere else,
         although it is mapped, counted in VmRSS and shown by pagemap and numa_maps.

machine:
  node0 512M
  thp always

# smaps_pmd_entry asks follow_trans_huge_pmd with FOLL_DUMP, which in 6.1 refuses a PROT_NONE leaf
# unless FOLL_FORCE is given (mm/huge_memory.c, include/linux/mm.h:gup_can_follow_protnone); PTEs
# are looked up by vm_normal_page, which does not ask.  Played on Debian's 6.1.
steps:
         P0: a = mmap 512p
         P0: write a 0x11
         P0: mprotect a none
  gone:  P0: smaps a Rss AnonHugePages
  nodes: P0: numa_maps a
  there: P0: pagemap a[0:2]
         P0: mprotect a rw
  back:  P0: smaps a Rss AnonHugePages
         P0: write a[3] 0x22
  kept:  P0: read a[2:5]

expect v6.1:
  gone  = Rss=0 AnonHugePages=0
  nodes = anon=512 dirty=512 active=0 N0=512
  there = PXD*2
  back  = Rss=2048 AnonHugePages=2048
  kept  = 0x11 0x22 0x11
