linuxmm-scenario 1
name:    merged-page-cannot-come-home
intent:  ksmd passes a merged page in device memory by and forgets who maps it: its entries
         cannot be found from the page any more, and a try to bring it home leaves a migration
         entry behind. On a real kernel the next look at it is a BUG.
requires: ksm

machine:
  node0 512M
  coherent0 256M
  ksm run = 1

# migrate_vma_collect_pmd (mm/migrate_device.c) has no test for KSM pages, a device page may take
# over from anonymous ones, and folio_migrate_flags calls folio_migrate_ksm (mm/migrate.c); then
# scan_get_next_rmap_item (mm/ksm.c) passes the device page by and frees its rmap items. Seen on
# 6.1.192 in a virtual machine, which did not survive it: pfn_swap_entry_to_page has a BUG_ON for
# migration entries whose page is not locked (include/linux/swapops.h).
steps:
           P0: a = mmap 2p rw private anon
           P0: write a 0x5a
           P0: madvise a MADV_MERGEABLE
           ksmd: full_scan 3
  merged:  P0: pages a
  move:    coherent0: migrate P0.a[0]
  there:   P0: pages a
  tree:    P0: ksm pages_shared pages_sharing
           ksmd: full_scan 2
  forgot:  P0: ksm pages_shared pages_sharing
  home:    coherent0: migrate_to_sys P0.a

expect v6.1:
  there  = dev dev@0
  tree   = pages_shared=1 pages_sharing=1
  forgot = pages_shared=0 pages_sharing=0
  home   = cpages=0 faults=0
