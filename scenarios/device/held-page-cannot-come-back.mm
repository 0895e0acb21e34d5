linuxmm-scenario 1
name:    held-page-cannot-come-back
intent:  A plain reference on a device page passes the first count of migrate_vma, which allows
         device pages one too many, and fails the second: the page stays, nothing is lost.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x6
          coherent0: migrate P0.a
          P0: h = get a[0] FOLL_WRITE
   begin: coherent0: setup P0.a MIGRATE_VMA_SELECT_DEVICE_COHERENT
   copy:  coherent0: pages
          coherent0: finalize
   stays: P0: pages a
          P0: put h
   later: coherent0: migrate_to_sys P0.a[0]
   data:  P0: read a

# facts/device-migration.md: one reference that nobody explains passes the first count of a
# device page, migrate_folio catches it
expect *:
  begin = cpages=2
  copy  = migrated=1
  stays = dev:x ram:x
  later = cpages=1 faults=0
  data  = 0x6*2

never: bad-rss-counter, bug, warn
