linuxmm-scenario 1
name:    merged-pages-in-device-memory
intent:  Asked for all places at which a merged page is mapped, the migration says that nothing
         moved: its second entry found the page locked by the first. The page is moved all the same.
requires: ksm

machine:
  node0 512M
  coherent0 256M
  ksm run = 1

# migrate_vma_collect_pmd (mm/migrate_device.c) locks each page that it meets and passes a second
# entry of the same page by; test_hmm's own page table then lacks that entry, hence -ENOENT. As in
# merged-page-in-device-memory the page and its stable node go to the device.
steps:
           P0: a = mmap 2p rw private anon
           P0: write a 0x5a
           P0: madvise a MADV_MERGEABLE
           ksmd: full_scan 3
  move:    coherent0: migrate P0.a
  there:   P0: pages a
  tree:    P0: ksm pages_shared pages_sharing

expect v6.1:
  move  = -ENOENT
  there = dev dev@0
  tree  = pages_shared=1 pages_sharing=1
