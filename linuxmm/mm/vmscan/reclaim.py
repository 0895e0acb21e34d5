# SPDX-License-Identifier: GPL-2.0-or-later
"""Reclaim of isolated pages, as MADV_PAGEOUT asks for it.  Source: mm/vmscan.c:reclaim_pages.

Not modelled: kswapd and memory pressure (nothing runs out of memory by itself), writeback in
flight (the swap device is synchronous, dirty file pages are never written), demotion, cgroups.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_nr, page_compound
from linuxmm.mm.page import (
    clear_page_flag,
    not_modelled,
    page_anon,
    page_flag,
    page_is_file_lru,
    page_mapping_row,
    page_maybe_dma_pinned,
    set_page_flag,
)
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, set_page_dirty
from linuxmm.mm.swapfile import (
    add_to_swap,
    add_to_swap_cache,
    delete_from_swap_cache,
    get_swap_page,
    swap_duplicate,
    try_to_free_swap,
    vm_swap_full,
)
from linuxmm.mm.unmap import (
    REFERENCED_EXEC,
    REFERENCED_LOCKED,
    REFERENCED_MASK,
    page_referenced,
    try_to_unmap,
)
from linuxmm.mm.vmscan.fate import ACTIVATE, FREED, KEEP, SPLIT, free_isolated
from linuxmm.mm.vmscan.isolate import putback_lru_page
from linuxmm.mm.vmscan.reclaim_huge import shrink_huge_page
from linuxmm.mm.workingset import SHADOW_OF_WORKINGSET
from linuxmm.state.behaviours import (
    B_MLOCK_SCHEME,
    B_PAGEOUT_KEEPS_YOUNG,
    B_RECLAIM_ACTIVATES_PINNED,
    B_SWAP_ZEROMAP,
)
from linuxmm.state.constants import (
    NO_PAGE,
    OPS_SHMEM,
    PG_ACTIVE,
    PG_DIRTY,
    PG_LOCKED,
    PG_MLOCKED,
    PG_PRIVATE,
    PG_RECLAIM,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_WORKINGSET,
    PG_WRITEBACK,
    SET_SWAP_ASYNC,
    SET_SWAP_SLOTS,
    WHY_SWAP,
)
from linuxmm.state.layout import (
    NR_FILE_PAGES,
    NR_SHMEM,
    PGACTIVATE,
    PGLAZYFREED,
    PSWPOUT,
    RECLAIM_MEMCG,
    State,
)
from linuxmm.state.rules import Rules

# page_check_references
RECLAIM: Final = 3
RECLAIM_CLEAN: Final = 4


@core
def reclaim_pages(m: State, k: Rules, pages: int) -> int:
    """Reclaim the isolated pages of a list; what stays goes back to the LRU: pages freed.

    The kernel works through runs of pages of one node; put back is per run as well.
    """
    first, end = pages + 1, pages + m.stack[pages] + 1
    m.stack[pages] = 0
    reclaimed = 0
    for i in range(first, end):
        clear_page_flag(m, m.stack[i], PG_ACTIVE)
    for i in range(first, end):
        page = m.stack[i]
        nr = compound_nr(m, page)
        fate = shrink_page(m, k, page)
        if fate == SPLIT:
            reclaimed += _shrink_parts(m, k, page)
            fate = shrink_page(m, k, page)
        if fate == FREED:
            reclaimed += nr
            m.stack[i] = NO_PAGE
        elif fate == ACTIVATE:
            _activate_locked(m, k, page)
    for i in range(first, end):
        if m.stack[i] != NO_PAGE:
            putback_lru_page(m, k, m.stack[i])
    return reclaimed


@core
def _shrink_parts(m: State, k: Rules, head: int) -> int:
    """What was a huge page a moment ago: all but its first page: pages freed."""
    reclaimed = 0
    for page in range(head + 1, head + HPAGE_PMD_NR):
        fate = shrink_page(m, k, page)
        if fate == FREED:
            reclaimed += 1
        else:
            if fate == ACTIVATE:
                _activate_locked(m, k, page)
            putback_lru_page(m, k, page)
    return reclaimed


@core
def _activate_locked(m: State, k: Rules, page: int) -> int:
    """The page is not a candidate: it gives its slot back when swap is short, and is active."""
    mlocked = page_flag(m, page, PG_MLOCKED)
    if page_flag(m, page, PG_SWAPCACHE) and (vm_swap_full(m) or mlocked):
        try_to_free_swap(m, k, page)
    if mlocked == 0:
        set_page_flag(m, page, PG_ACTIVE)
        count(m, PGACTIVATE, compound_nr(m, page))
    return 0


@core
def page_check_references(m: State, k: Rules, page: int) -> int:
    """Does the use of the page speak for keeping it: ACTIVATE, KEEP, RECLAIM or RECLAIM_CLEAN?"""
    references = page_referenced(m, k, page)
    used_before = page_flag(m, page, PG_REFERENCED)
    clear_page_flag(m, page, PG_REFERENCED)
    if references & REFERENCED_LOCKED:
        # try_to_unmap mlocks the page, or (batch scheme) the walk has just done it
        return ACTIVATE if behaviour(m, k, B_MLOCK_SCHEME) else RECLAIM
    file_lru = page_is_file_lru(m, page)
    if references & REFERENCED_MASK:
        set_page_flag(m, page, PG_REFERENCED)
        if used_before or references & REFERENCED_MASK > 1:
            return ACTIVATE
        return ACTIVATE if references & REFERENCED_EXEC and file_lru else KEEP
    return RECLAIM_CLEAN if used_before and file_lru else RECLAIM


@core
def shrink_page(m: State, k: Rules, page: int) -> int:
    """shrink_page_list for one page: FREED, KEEP or ACTIVATE; of a huge page SPLIT as well."""
    if page_compound(m, page):
        return shrink_huge_page(m, k, page)
    if page_flag(m, page, PG_LOCKED):
        return KEEP
    if page_flag(m, page, PG_MLOCKED):  # page_evictable
        return ACTIVATE
    if page_flag(m, page, PG_WRITEBACK):
        return KEEP
    references = RECLAIM  # where MADV_PAGEOUT leaves accessed bits, nobody looks at them
    if behaviour(m, k, B_PAGEOUT_KEEPS_YOUNG) == 0:
        references = page_check_references(m, k, page)
    if references in (ACTIVATE, KEEP):
        return references
    if _needs_slot(m, page):
        if page_maybe_dma_pinned(m, page):
            return KEEP
        if add_to_swap(m, page) == 0:
            return ACTIVATE
    if m.page_mapcount[page] and try_to_unmap(m, k, page) == 0:
        return ACTIVATE
    if page_maybe_dma_pinned(m, page) and behaviour(m, k, B_RECLAIM_ACTIVATES_PINNED):
        return ACTIVATE
    if page_flag(m, page, PG_DIRTY):
        if page_is_file_lru(m, page):
            set_page_flag(m, page, PG_RECLAIM)
            return ACTIVATE
        if references == RECLAIM_CLEAN:
            return KEEP
        fate = pageout(m, k, page)
        if fate != FREED:
            return fate
    if page_flag(m, page, PG_PRIVATE):  # try_to_release_page: clean buffers can go
        clear_page_flag(m, page, PG_PRIVATE)
        m.page_refcount[page] = m.page_refcount[page] - 1
    return _free_unmapped(m, k, page)


@core
def _needs_slot(m: State, page: int) -> int:
    """Anonymous, not lazily freed, and no swap slot yet."""
    swapbacked = page_anon(m, page) and page_flag(m, page, PG_SWAPBACKED)
    return 1 if swapbacked and page_flag(m, page, PG_SWAPCACHE) == 0 else 0


@core
def pageout(m: State, k: Rules, page: int) -> int:
    """Write a dirty page of anonymous memory or shmem to swap: FREED (may go on), KEEP, ACTIVATE.

    Source: mm/vmscan.c:pageout, mm/page_io.c:swap_writepage, mm/shmem.c:shmem_writepage.
    """
    if m.page_refcount[page] - page_flag(m, page, PG_PRIVATE) != 2:  # is_page_cache_freeable
        return KEEP
    if page_flag(m, page, PG_SWAPCACHE) == 0:
        if m.page_mapping[page] == 0 or page_anon(m, page):
            return KEEP
        clear_page_flag(m, page, PG_DIRTY)
        if _shmem_writepage(m, k, page) == 0:
            set_page_dirty(m, page)
            return ACTIVATE
    if m.setting[SET_SWAP_ASYNC]:
        return not_modelled(m, WHY_SWAP)
    clear_page_flag(m, page, PG_DIRTY)
    if try_to_free_swap(m, k, page):  # nobody needs it: dirty again, without a slot
        return KEEP
    m.swap_tag[m.page_private[page]] = m.page_tag[page]
    if m.page_tag[page] or behaviour(m, k, B_SWAP_ZEROMAP) == 0:
        count(m, PSWPOUT, 1)
    return FREED


@core
def _shmem_writepage(m: State, k: Rules, page: int) -> int:
    """A shmem page moves from its file's page cache to the swap cache: 1, or 0 without swap.

    The file's place remembers the slot, which counts as the slot's one entry.
    """
    slot = get_swap_page(m) if m.setting[SET_SWAP_SLOTS] else 0
    if slot == 0:
        return 0
    place = m.file_first[page_mapping_row(m, page)] + m.page_index[page]
    add_to_swap_cache(m, page, slot)
    swap_duplicate(m, slot)
    remove_from_page_cache(m, page)
    m.cache_swap[place] = slot
    m.page_refcount[page] = m.page_refcount[page] - 1
    return 1


@core
def remove_from_page_cache(m: State, page: int) -> int:
    """__delete_from_page_cache: the file forgets the page; the cache's reference is the caller's.

    Source: mm/filemap.c.  The contents of a clean page stay on the disk (`cache_tag`).
    """
    file = page_mapping_row(m, page)
    m.cache_page[m.file_first[file] + m.page_index[page]] = NO_PAGE
    m.page_mapping[page] = 0
    count(m, NR_FILE_PAGES, -1)
    if m.file_ops[file] == OPS_SHMEM:
        count(m, NR_SHMEM, -1)
    return 0


@core
def _free_unmapped(m: State, k: Rules, page: int) -> int:
    """Free a clean page that nobody maps, if only its cache and the isolation hold it."""
    if page_anon(m, page) and page_flag(m, page, PG_SWAPBACKED) == 0:
        if m.page_refcount[page] != 1:
            return KEEP
        count(m, PGLAZYFREED, 1)
        return free_isolated(m, k, page)
    swapcache = page_flag(m, page, PG_SWAPCACHE)
    if swapcache == 0 and (m.page_mapping[page] == 0 or page_anon(m, page)):
        return KEEP
    if m.page_refcount[page] != 2 or page_flag(m, page, PG_DIRTY):  # __remove_mapping
        return KEEP
    worked = page_flag(m, page, PG_WORKINGSET)  # workingset_eviction
    if swapcache:
        m.swap_evictor[m.page_private[page]] = m.scratch[RECLAIM_MEMCG]
        m.swap_shadow[m.page_private[page]] = worked
        delete_from_swap_cache(m, k, page)
    else:
        if page_is_file_lru(m, page):
            place = m.file_first[page_mapping_row(m, page)] + m.page_index[page]
            shadow = 1 + m.scratch[RECLAIM_MEMCG]
            m.cache_shadow[place] = shadow | SHADOW_OF_WORKINGSET if worked else shadow
        remove_from_page_cache(m, page)
    return free_isolated(m, k, page)
