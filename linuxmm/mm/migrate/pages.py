# SPDX-License-Identifier: GPL-2.0-or-later
"""migrate_pages: a list of isolated pages goes elsewhere.  Source: mm/migrate.c.

The caller isolated each page and counted it in nr_isolated_*, and puts back what is left on the
list (`putback_movable_pages`).
Not modelled: huge pages, hugetlb, movable pages that are not on the LRU.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import page_compound
from linuxmm.mm.list import list_add_tail
from linuxmm.mm.migrate.folio import forget_old_page, migrate_folio
from linuxmm.mm.migrate.target import alloc_migration_target
from linuxmm.mm.page import (
    clear_page_flag,
    not_modelled,
    page_flag,
    put_page,
    set_page_flag,
)
from linuxmm.mm.rmap_migrate import remove_migration_ptes, try_to_migrate
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, lru_add_drain, lru_cache_add
from linuxmm.mm.vmscan.isolate import mod_isolated, putback_lru_page
from linuxmm.state.constants import (
    EAGAIN,
    EBUSY,
    ENOMEM,
    LIST_MIGRATE,
    LIST_NONE,
    NO_PAGE,
    PG_ACTIVE,
    PG_LOCKED,
    PG_UNEVICTABLE,
    PG_WRITEBACK,
    WHY_THP,
)
from linuxmm.state.layout import PGMIGRATE_FAIL, PGMIGRATE_SUCCESS, State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import B_MLOCK_SCHEME, B_PGMIGRATE_FAIL_COUNTS_BUSY

MIGRATE_ASYNC: Final = 0
MIGRATE_SYNC: Final = 2
NR_PASSES: Final = 10


@core
def migrate_pages(m: State, k: Rules, pages: int, target: int, mode: int) -> int:
    """Move the pages of a list: how many did not go, or -ENOMEM (it stopped).

    `target`: a node, or what `target.py` makes of a policy.

    A busy page is tried in ten passes; what stays on the list was not moved.
    """
    last = pages + m.stack[pages]
    failed = 0
    busy = 1
    result = 0
    for _ in range(NR_PASSES):
        if busy == 0 or result != 0:
            break
        busy = 0
        for i in range(pages + 1, last + 1):
            page = m.stack[i]
            if page <= NO_PAGE or result != 0:
                continue
            rc = unmap_and_move(m, k, page, target, mode)
            if rc == 0:
                m.stack[i] = NO_PAGE
                count(m, PGMIGRATE_SUCCESS, 1)
            elif rc == -EAGAIN:
                busy += 1
            elif rc == -ENOMEM:
                result = -ENOMEM
            else:
                m.stack[i] = -page  # permanent: not tried again
                failed += 1
    m.stack[pages] = 0
    for i in range(pages + 1, last + 1):
        if m.stack[i]:
            list_add_tail(m, abs(m.stack[i]), pages)
    return _account_failures(m, k, failed, busy, result)


@core
def _account_failures(m: State, k: Rules, failed: int, busy: int, result: int) -> int:
    """pgmigrate_fail, which did not always count pages that stayed busy."""
    counted = failed
    if result != 0:
        counted += 1
    if behaviour(m, k, B_PGMIGRATE_FAIL_COUNTS_BUSY):
        counted += busy
    count(m, PGMIGRATE_FAIL, counted)
    return result if result != 0 else failed + busy


@core
def unmap_and_move(m: State, k: Rules, page: int, target: int, mode: int) -> int:
    """One isolated page: 0, -EAGAIN (busy), -EBUSY (under writeback) or -ENOMEM (no target)."""
    if page_compound(m, page):
        return not_modelled(m, WHY_THP)
    if m.page_refcount[page] == 1:  # freed under us
        clear_page_flag(m, page, PG_ACTIVE | PG_UNEVICTABLE)
        return _migrate_done(m, k, page)
    new = alloc_migration_target(m, page, target)
    if new == NO_PAGE:
        return -ENOMEM
    rc = _unmap_and_move_to(m, k, page, new, mode)
    if rc != 0:
        put_page(m, k, new)
        return rc
    return _migrate_done(m, k, page)


@core
def _migrate_done(m: State, k: Rules, page: int) -> int:
    """The source leaves the list and, unless somebody else holds it, is freed."""
    m.page_list[page] = LIST_NONE
    mod_isolated(m, page, -1)
    put_page(m, k, page)
    return 0


@core
def _unmap_and_move_to(m: State, k: Rules, page: int, new: int, mode: int) -> int:
    if page_flag(m, page, PG_LOCKED):
        return -EAGAIN
    if page_flag(m, page, PG_WRITEBACK):
        if mode != MIGRATE_SYNC:
            return -EBUSY
        clear_page_flag(m, page, PG_WRITEBACK)  # waited for
    set_page_flag(m, page, PG_LOCKED)
    set_page_flag(m, new, PG_LOCKED)
    mapped = m.page_mapcount[page]
    if mapped:
        try_to_migrate(m, k, page)
    rc = -EAGAIN
    if m.page_mapcount[page] == 0:
        rc = migrate_folio(m, k, new, page)
    if rc == 0:
        m.page_tag[new] = m.page_tag[page]
        forget_old_page(m, page)
        _establish(m, k, page, new, mapped)
    elif mapped:
        remove_migration_ptes(m, k, page, page)
    clear_page_flag(m, page, PG_LOCKED)
    clear_page_flag(m, new, PG_LOCKED)
    return rc


@core
def _establish(m: State, k: Rules, page: int, new: int, mapped: int) -> int:
    """The target gets its mappings and goes to the LRU, dropping the allocation's reference.

    With the mlock batch it goes to the LRU first, so that the mlocked mappings are counted.
    """
    if behaviour(m, k, B_MLOCK_SCHEME):
        lru_cache_add(m, k, new)
        if mapped:
            lru_add_drain(m, k)
            remove_migration_ptes(m, k, page, new)
        return put_page(m, k, new)
    if mapped:
        remove_migration_ptes(m, k, page, new)
    return putback_lru_page(m, k, new)


@core
def queue_for_migration(m: State, page: int, pages: int) -> int:
    """An isolated page goes on the list and is counted in nr_isolated_*."""
    m.page_list[page] = LIST_MIGRATE
    list_add_tail(m, page, pages)
    return mod_isolated(m, page, 1)


@core
def putback_movable_pages(m: State, k: Rules, pages: int) -> int:
    """Give the pages that are left on the list back to the LRU."""
    for i in range(pages + 1, pages + m.stack[pages] + 1):
        mod_isolated(m, m.stack[i], -1)
        putback_lru_page(m, k, m.stack[i])
    m.stack[pages] = 0
    return 0
