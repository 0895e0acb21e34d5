"""mm/migrate.c: one page (folio), a list of pages (pages), move_pages(2), NUMA misplacement."""
