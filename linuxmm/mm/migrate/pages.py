# SPDX-License-Identifier: GPL-2.0-or-later
"""migrate_pages: a list of isolated pages goes elsewhere.  Source: mm/migrate.c.

The caller isolated each page and counted it in nr_isolated_*, and puts back what is left on the
list (`putback_movable_pages`).
Kernels that know which huge pages are mapped in part split those first; the parts move one by one,
here as soon as they are (the kernel takes them at the end of its batch).
Not modelled: a huge page that moves by a policy, or for which there is no free one (it would be
split); one that is mapped by leaves and by PTEs, or is in the swap cache; movable pages that are
not on the LRU; a list of pages of hugetlb and others, when there is no page for one of hugetlb
(before 6.3 they moved in the order of the list).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    DEFERRED_SPLIT,
    HPAGE_PMD_NR,
    HPAGE_PMD_ORDER,
    PART_MAPPINGS,
    PARTIALLY_MAPPED,
    compound_nr,
    folio_copy,
    of_whole,
    page_compound,
    total_mapcount,
)
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.hugetlb.isolate import putback_hugetlb
from linuxmm.mm.hugetlb.migrate import migrate_hugetlbs
from linuxmm.mm.list import list_add_tail, list_empty
from linuxmm.mm.migrate.folio import forget_old_page, migrate_folio
from linuxmm.mm.migrate.target import alloc_migration_target
from linuxmm.mm.page import (
    alloc_huge_page_nodes,
    clear_page_flag,
    not_modelled,
    page_anon,
    page_flag,
    page_huge,
    page_maybe_dma_pinned,
    put_page,
    set_page_flag,
)
from linuxmm.mm.rmap import deferred_split_folio
from linuxmm.mm.rmap_migrate import remove_migration_ptes, try_to_migrate
from linuxmm.mm.rmap_migrate_huge import remove_migration_ptes_huge, try_to_migrate_huge
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, lru_add_drain, lru_cache_add
from linuxmm.mm.vmscan.isolate import mod_isolated, putback_lru_page
from linuxmm.state.behaviours import (
    B_MIGRATION_REQUEUES,
    B_MIGRATION_SPLITS,
    B_MLOCK_SCHEME,
    B_PGMIGRATE_FAIL_COUNTS_BUSY,
)
from linuxmm.state.constants import (
    EAGAIN,
    EBUSY,
    ENOMEM,
    LIST_MIGRATE,
    LIST_NONE,
    NO_PAGE,
    PG_ACTIVE,
    PG_LOCKED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    PG_WRITEBACK,
    WHY_THP,
)
from linuxmm.state.layout import (
    PGMIGRATE_FAIL,
    PGMIGRATE_SUCCESS,
    THP_MIGRATION_FAIL,
    THP_MIGRATION_SPLIT,
    THP_MIGRATION_SUCCESS,
    State,
)
from linuxmm.state.rules import Rules

MIGRATE_ASYNC: Final = 0
MIGRATE_SYNC: Final = 2
NR_PASSES: Final = 10
NR_ASYNC_PASSES: Final = 3  # of them, where a kernel first tries all without waiting


@core
def migrate_pages(m: State, k: Rules, pages: int, target: int, mode: int) -> int:
    """Move the pages of a list: how many did not go, or -ENOMEM (it stopped).

    `target`: a node, or what `target.py` makes of a policy.

    A busy page is tried in ten passes; what stays on the list was not moved.
    """
    last = pages + m.stack[pages]
    failed = migrate_hugetlbs(m, k, pages, target)
    stayed = 0
    busy = 1
    result = min(failed, 0)
    failed = max(failed, 0)
    for n in range(NR_PASSES):
        if busy == 0 or result != 0:
            break
        busy = 0
        for i in range(pages + 1, last + 1):
            page = m.stack[i]
            if page <= NO_PAGE or result != 0:
                continue
            if splits_first(m, k, page, n, mode):
                split_huge_page(m, k, page)
                if page_compound(m, page) == 0:  # else it failed, or is not modelled
                    m.stack[i] = NO_PAGE
                    failed += 1
                    stayed += migrate_parts(m, k, page, target)
                    continue
            nr = compound_nr(m, page)
            rc = unmap_and_move(m, k, page, target, mode)
            if rc == 0:
                m.stack[i] = NO_PAGE
                count(m, PGMIGRATE_SUCCESS, nr)
                count(m, THP_MIGRATION_SUCCESS, nr >> HPAGE_PMD_ORDER)
            elif rc == -EAGAIN:
                busy += 1
            elif rc == -ENOMEM:
                result = -ENOMEM
                _count_failure(m, page)
            else:
                m.stack[i] = -page  # permanent: not tried again
                failed += 1
                _count_failure(m, page)
    m.stack[pages] = 0
    for i in range(pages + 1, last + 1):
        if m.stack[i]:
            page = abs(m.stack[i])
            if m.stack[i] > NO_PAGE and result == 0:
                _count_busy(m, k, page)
            list_add_tail(m, page, pages)
    if result == 0 and list_empty(m, pages) and stayed == 0:
        return 0
    return result if result != 0 else failed + busy


# --- what is mapped in part is split first ---
@core
def splits_first(m: State, k: Rules, page: int, n: int, mode: int) -> int:
    """Is it to be split before it moves (pass `n`)?  What could be unmapped is not asked again, but
    once more where the passes begin that wait."""
    if page_compound(m, page) == 0 or behaviour(m, k, B_MIGRATION_SPLITS) == 0:
        return 0
    again = mode == MIGRATE_SYNC and n == NR_ASYNC_PASSES
    if n and again == 0 and page_maybe_dma_pinned(m, page) == 0:
        return 0
    return 1 if of_whole(m, page, PARTIALLY_MAPPED) and page_flag(m, page, PG_LOCKED) == 0 else 0


@core
def migrate_parts(m: State, k: Rules, head: int, target: int) -> int:
    """The 512 parts that were a huge page are tried once: how many stayed; they are put back."""
    count(m, THP_MIGRATION_SPLIT, 1)
    count(m, THP_MIGRATION_FAIL, 1)
    stayed = 0
    rc = 0
    for page in range(head, head + HPAGE_PMD_NR):
        if rc != -ENOMEM:
            rc = unmap_and_move(m, k, page, target, MIGRATE_ASYNC)
        if rc == 0:
            count(m, PGMIGRATE_SUCCESS, 1)
        else:
            count(m, PGMIGRATE_FAIL, 1)
            stayed += 1
            mod_isolated(m, page, -1)
            putback_lru_page(m, k, page)
    return stayed


@core
def _count_failure(m: State, page: int) -> int:
    """A page that cannot be moved; a huge one is 512."""
    count(m, PGMIGRATE_FAIL, compound_nr(m, page))
    return count(m, THP_MIGRATION_FAIL, compound_nr(m, page) >> HPAGE_PMD_ORDER)


@core
def _count_busy(m: State, k: Rules, page: int) -> int:
    """A page that stayed busy to the end: pgmigrate_fail did not always count it."""
    if behaviour(m, k, B_PGMIGRATE_FAIL_COUNTS_BUSY):
        count(m, PGMIGRATE_FAIL, compound_nr(m, page))
    return count(m, THP_MIGRATION_FAIL, compound_nr(m, page) >> HPAGE_PMD_ORDER)


@core
def unmap_and_move(m: State, k: Rules, page: int, target: int, mode: int) -> int:
    """One isolated page: 0, -EAGAIN (busy), -EBUSY (under writeback) or -ENOMEM (no target)."""
    if m.page_refcount[page] == 1:  # freed under us
        clear_page_flag(m, page, PG_ACTIVE | PG_UNEVICTABLE)
        return _migrate_done(m, k, page)
    new = target_page(m, k, page, target)
    if new == NO_PAGE:
        return -ENOMEM
    rc = _unmap_and_move_to(m, k, page, new, mode)
    if rc != 0:
        put_page(m, k, new)
        return rc
    return _migrate_done(m, k, page)


@core
def target_page(m: State, k: Rules, page: int, target: int) -> int:
    """A page of the same size where it may lie; NO_PAGE when there is none."""
    if page_compound(m, page) == 0:
        return alloc_migration_target(m, page, target)
    if target < 0 or huge_migration_known(m, page) == 0:
        return not_modelled(m, WHY_THP)
    new = alloc_huge_page_nodes(m, target, 1 << target)
    return new if new != NO_PAGE else not_modelled(m, WHY_THP)


@core
def huge_migration_known(m: State, head: int) -> int:
    """Is the move of this huge page modelled (see above)?"""
    mixed = of_whole(m, head, COMPOUND_MAPCOUNT) and of_whole(m, head, PART_MAPPINGS)
    return 0 if mixed or page_anon(m, head) == 0 or page_flag(m, head, PG_SWAPCACHE) else 1


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
    mapped = total_mapcount(m, page)
    if mapped:
        unmap(m, k, page)
    rc = -EAGAIN
    if total_mapcount(m, page) == 0:
        rc = migrate_folio(m, k, new, page)
    if rc == 0:
        folio_copy(m, new, page)
        forget_old_page(m, page)
        _establish(m, k, page, new, mapped)
        if page_compound(m, page) and behaviour(m, k, B_MIGRATION_REQUEUES):
            _requeue(m, k, page, new)
    elif mapped:
        remap(m, k, page, page)
    clear_page_flag(m, page, PG_LOCKED)
    clear_page_flag(m, new, PG_LOCKED)
    return rc


@core
def _requeue(m: State, k: Rules, page: int, new: int) -> int:
    """The new huge page waits for its split if the old one did, as mapped in part as that was: all
    its entries were, one after the other."""
    if of_whole(m, page, DEFERRED_SPLIT) == 0:
        return 0
    return deferred_split_folio(m, k, new, of_whole(m, page, PARTIALLY_MAPPED))


@core
def unmap(m: State, k: Rules, page: int) -> int:
    """try_to_migrate of a page of either size."""
    if page_compound(m, page):
        return try_to_migrate_huge(m, k, page)
    return try_to_migrate(m, k, page)


@core
def remap(m: State, k: Rules, page: int, new: int) -> int:
    """remove_migration_ptes of a page of either size."""
    if page_compound(m, new):
        return remove_migration_ptes_huge(m, k, page, new, 0)
    return remove_migration_ptes(m, k, page, new)


@core
def _establish(m: State, k: Rules, page: int, new: int, mapped: int) -> int:
    """The target gets its mappings and goes to the LRU, dropping the allocation's reference.

    With the mlock batch it goes to the LRU first, so that the mlocked mappings are counted.
    """
    if behaviour(m, k, B_MLOCK_SCHEME):
        lru_cache_add(m, k, new)
        if mapped:
            lru_add_drain(m, k)
            remap(m, k, page, new)
        return put_page(m, k, new)
    if mapped:
        remap(m, k, page, new)
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
        if page_huge(m, m.stack[i]):
            putback_hugetlb(m, k, m.stack[i])
            continue
        mod_isolated(m, m.stack[i], -1)
        putback_lru_page(m, k, m.stack[i])
    m.stack[pages] = 0
    return 0
