# SPDX-License-Identifier: GPL-2.0-or-later
"""migrate_misplaced_page: a page follows the CPU that uses it.  Source: mm/migrate.c.

Not modelled: nodes whose free memory is below the high watermark (migrate_balanced_pgdat).
"""

from linuxmm.core import core
from linuxmm.mm.compound import compound_nr, page_compound, total_mapcount
from linuxmm.mm.list import list_head
from linuxmm.mm.migrate.pages import (
    MIGRATE_ASYNC,
    migrate_pages,
    putback_movable_pages,
    queue_for_migration,
)
from linuxmm.mm.page import page_flag, page_is_file_lru, put_page
from linuxmm.mm.sites import behaviour
from linuxmm.mm.stack import pop
from linuxmm.mm.swap import count
from linuxmm.mm.vmscan.isolate import isolate_lru_page
from linuxmm.state.behaviours import B_LARGE_FOLIOS
from linuxmm.state.constants import PG_DIRTY, PG_LRU, VM_EXEC
from linuxmm.state.layout import NUMA_PAGE_MIGRATE, State
from linuxmm.state.rules import Rules


@core
def may_isolate_misplaced(m: State, k: Rules, page: int, vma: int) -> int:
    """Not a shared huge page, shared program text, a dirty page of a file, or one that is on no
    LRU list.
    """
    if page_flag(m, page, PG_LRU) == 0:
        return 0
    if page_compound(m, page) and total_mapcount(m, page) > 1:
        if behaviour(m, k, B_LARGE_FOLIOS) == 0:
            return 0
    if page_is_file_lru(m, page) == 0:
        return 1
    if m.page_mapcount[page] != 1 and m.vma_flags[vma] & VM_EXEC:
        return 0
    return 0 if page_flag(m, page, PG_DIRTY) else 1


@core
def migrate_misplaced_page(m: State, k: Rules, page: int, vma: int, node: int) -> int:
    """Move a page that the caller holds to `node`: 1 when it went.  Drops the reference."""
    if may_isolate_misplaced(m, k, page, vma) == 0 or isolate_lru_page(m, k, page) != 0:
        put_page(m, k, page)
        return 0
    nr = compound_nr(m, page)
    pages = list_head(m, 1)
    queue_for_migration(m, page, pages)
    put_page(m, k, page)
    remaining = migrate_pages(m, k, pages, node, MIGRATE_ASYNC)
    if remaining != 0:
        putback_movable_pages(m, k, pages)
    else:
        count(m, NUMA_PAGE_MIGRATE, nr)
    pop(m, pages)
    return 1 if remaining == 0 else 0
