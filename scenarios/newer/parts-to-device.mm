linuxmm-scenario 1
name:    parts-to-device
intent:  A part of a huge page that entries map stays where it is, or (since device memory has huge
         pages) is split off the others and moves.

machine:
  node0 512M
  coherent0 256M
  thp always

steps:
         P0: a = mmap 512p
         P0: write a 0x11
         P0: madvise a[0] MADV_DONTNEED
         coherent0: migrate P0.a[2:4]
  where: P0: pages a[0:6]
  how:   P0: vmstat thp_split_page

# mm/migrate_device.c:migrate_vma_collect_pmd, migrate_vma_split_folio
expect v6.18:
  where = none ram:x*5
  how   = thp_split_page=0

expect v7.1:
  where = none ram:x dev:x*2 ram:x*2
  how   = thp_split_page=1
