linuxmm-scenario 1
name:    asked-in-migration
intent:  A page on its way to a device has a migration entry, which move_pages(2) takes for no page:
         its walk does not ask for migration entries.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x11
          coherent0: setup P0.a
  where:  P0: move_pages a
  to:     P0: move_pages a node1
          coherent0: pages
          coherent0: finalize
  there:  P0: pages a

# mm/migrate.c:do_pages_stat_array, add_folio_for_migration: folio_walk_start without FW_MIGRATION
expect v6.12:
  where = -ENOENT*2
  to    = -ENOENT*2

expect v6.18:
  where = -ENOENT*2
  to    = -ENOENT*2
