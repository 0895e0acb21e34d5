linuxmm-scenario 1
name:    merged-page-in-device-memory
intent:  A page that KSM has merged moves to device memory for everybody who maps it, and its
         stable node goes along: device memory stands in KSM's tree.
requires: ksm

machine:
  node0 512M
  coherent0 256M
  ksm run = 1

# migrate_vma_collect_pmd (mm/migrate_device.c) has no test for KSM pages, a device page may take
# over from anonymous ones, and folio_migrate_flags calls folio_migrate_ksm (mm/migrate.c). Seen on
# 6.1.192. With both pages in the range the request says -ENOENT all the same: the second entry
# finds its page locked, and the driver's mirror misses it. The page moves nevertheless.
steps:
           P0: a = mmap 2p rw private anon
           P0: write a 0x5a
           P0: madvise a MADV_MERGEABLE
           ksmd: full_scan 3
  merged:  P0: pages a
  move:    coherent0: migrate P0.a[0]
  there:   P0: pages a
  tree:    P0: ksm pages_shared pages_sharing

expect v6.1:
  merged = ram ram@0
  move   = cpages=1 faults=0
  there  = dev dev@0
  tree   = pages_shared=1 pages_sharing=1
