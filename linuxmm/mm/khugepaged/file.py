# SPDX-License-Identifier: GPL-2.0-or-later
"""What a file's cache has of 2 MiB becomes a huge page.

Source: mm/khugepaged.c (hpage_collapse_scan_file, which was khugepaged_scan_file; collapse_file).
Only shmem: other files need a configuration that Debian has not (READ_ONLY_THP_FOR_FS).
Not modelled: memory without a free huge page for khugepaged; pages that were fallocated and never
written, or are being written back.
"""

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, page_compound, page_mapcount
from linuxmm.mm.khugepaged.collapse import alloc_charge_hpage
from linuxmm.mm.khugepaged.pte_mapped import retract_page_tables
from linuxmm.mm.khugepaged.result import (
    SCAN_ALLOC_HUGE_PAGE_FAIL,
    SCAN_DEL_PAGE_LRU,
    SCAN_EXCEED_NONE_PTE,
    SCAN_EXCEED_SWAP_PTE,
    SCAN_FAIL,
    SCAN_PAGE_COMPOUND,
    SCAN_PAGE_COUNT,
    SCAN_PAGE_LOCK,
    SCAN_PAGE_LRU,
    SCAN_PTE_MAPPED_HUGEPAGE,
    SCAN_SUCCEED,
    SCAN_TRUNCATED,
)
from linuxmm.mm.page import (
    free_page,
    get_page,
    not_modelled,
    page_flag,
    page_to_nid,
    put_page,
)
from linuxmm.mm.shmem import NOT_READ, fill_huge_cache, places_of_huge
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, lru_add_drain, lru_cache_add, set_page_dirty
from linuxmm.mm.swap_state import shmem_swapin
from linuxmm.mm.unmap import unmap_file_page
from linuxmm.mm.vmscan.isolate import isolate_lru_page, putback_lru_page
from linuxmm.state.behaviours import B_COLLAPSE_DRAINS, B_FINDS_PTE_MAPPED, B_SHMEM_HUGE
from linuxmm.state.constants import (
    LIST_NONE,
    NO_PAGE,
    PG_LOCKED,
    PG_LRU,
    RANGE_RAM,
    SET_MAX_PTES_NONE,
    SET_MAX_PTES_SWAP,
    VM_UFFD_MISSING,
    WHY_SHMEM_HUGE,
    WHY_UFFD,
)
from linuxmm.state.layout import (
    NR_FILE_PAGES,
    NR_SHMEM,
    SIZE_R,
    SIZE_V,
    THP_SCAN_EXCEED_NONE_PTE,
    THP_SCAN_EXCEED_SWAP_PTE,
    State,
)
from linuxmm.state.rules import Rules


# --- is it worth it ---
@core
def hpage_collapse_scan_file(
    m: State, k: Rules, mm: int, addr: int, file: int, start: int, is_khugepaged: int
) -> int:
    """Look at 512 places of a file, and collapse them if nothing speaks against it: SCAN_*."""
    if behaviour(m, k, B_SHMEM_HUGE) == NOT_READ:
        return not_modelled(m, WHY_SHMEM_HUGE)
    first = m.file_first[file] + start
    present = 0
    swapped = 0
    result = SCAN_SUCCEED
    i = 0
    while i < places_of_huge(m, file, start) and result == SCAN_SUCCEED:
        page = m.cache_page[first + i]
        if page != NO_PAGE:
            result = _scan_cached(m, k, page)
            present += 1
        elif m.cache_swap[first + i]:
            swapped += 1
            if is_khugepaged and swapped > m.setting[SET_MAX_PTES_SWAP]:
                count(m, THP_SCAN_EXCEED_SWAP_PTE, 1)
                result = SCAN_EXCEED_SWAP_PTE
        i += 1
    if result != SCAN_SUCCEED:
        return result
    if is_khugepaged and present < HPAGE_PMD_NR - m.setting[SET_MAX_PTES_NONE]:
        count(m, THP_SCAN_EXCEED_NONE_PTE, 1)
        return SCAN_EXCEED_NONE_PTE
    return collapse_file(m, k, mm, addr, file, start, is_khugepaged)


@core
def _scan_cached(m: State, k: Rules, page: int) -> int:
    """One page of the cache: on the LRU, and held by nobody but its mappings and the cache.

    A huge page that is there already may have tables that map its parts.
    """
    if page_compound(m, page):
        finds = behaviour(m, k, B_FINDS_PTE_MAPPED)
        return SCAN_PTE_MAPPED_HUGEPAGE if finds else SCAN_PAGE_COMPOUND
    if page_flag(m, page, PG_LRU) == 0:
        return SCAN_PAGE_LRU
    return SCAN_SUCCEED if m.page_refcount[page] == 1 + page_mapcount(m, page) else SCAN_PAGE_COUNT


@core
def fullest_node(m: State, first: int, nr: int) -> int:
    """The lowest of the nodes with most pages of these places of the cache."""
    best = 0
    most = 0
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] == RANGE_RAM:
            here = 0
            for slot in range(first, first + nr):
                page = m.cache_page[slot]
                if page != NO_PAGE and page_to_nid(m, page) == m.range_node[r]:
                    here += 1
            if here > most or (here == most and most and m.range_node[r] < best):
                best = m.range_node[r]
                most = here
    return best


# --- the collapse ---
@core
def collapse_file(
    m: State, k: Rules, mm: int, addr: int, file: int, start: int, is_khugepaged: int
) -> int:
    """One huge page in the place of what the cache has there, holes filled: SCAN_*.

    Every page is unmapped and isolated in its turn.  One that cannot be ends it: the others are
    put back, and are mapped again by faults.
    """
    first = m.file_first[file] + start
    nr = places_of_huge(m, file, start)
    if behaviour(m, k, B_COLLAPSE_DRAINS) and _is_watched(m, file):
        not_modelled(m, WHY_UFFD)  # holes end it, as late as the pages are unmapped
    head = alloc_charge_hpage(m, mm, fullest_node(m, first, nr), is_khugepaged)
    if head == NO_PAGE:
        return SCAN_ALLOC_HUGE_PAGE_FAIL
    result = SCAN_SUCCEED if _has_any(m, first, nr) else SCAN_TRUNCATED
    taken = 0
    while taken < nr and result == SCAN_SUCCEED:
        result = _take_cached(m, k, file, start + taken)
        taken += 1 if result == SCAN_SUCCEED else 0
    if result != SCAN_SUCCEED:
        for slot in range(first, first + taken):
            if m.cache_page[slot] != NO_PAGE:
                _give_back(m, k, m.cache_page[slot])
        put_page(m, k, head)
        return result
    _replace(m, k, file, start, head)
    set_page_dirty(m, head)
    lru_cache_add(m, k, head)
    return retract_page_tables(m, k, head, file, mm, addr, is_khugepaged)


@core
def _is_watched(m: State, file: int) -> int:
    """Does userfaultfd want to know of missing pages of this file, anywhere?"""
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] and m.vma_file[vma] == file and m.vma_flags[vma] & VM_UFFD_MISSING:
            return 1
    return 0


@core
def _has_any(m: State, first: int, nr: int) -> int:
    """Is a page there, or in swap?"""
    for slot in range(first, first + nr):
        if m.cache_page[slot] or m.cache_swap[slot]:
            return 1
    return 0


@core
def _take_cached(m: State, k: Rules, file: int, index: int) -> int:
    """A page of the cache, read in if it is in swap, is unmapped and isolated: SCAN_*."""
    slot = m.file_first[file] + index
    page = m.cache_page[slot]
    if page == NO_PAGE:
        if m.cache_swap[slot] == 0:
            return SCAN_SUCCEED
        page = shmem_swapin(m, k, file, index)
        if page == NO_PAGE:
            return SCAN_FAIL
        if behaviour(m, k, B_COLLAPSE_DRAINS):
            lru_add_drain(m, k)
    elif page_flag(m, page, PG_LOCKED):
        return SCAN_PAGE_LOCK
    get_page(m, page)
    if isolate_lru_page(m, k, page) != 0:
        put_page(m, k, page)
        return SCAN_DEL_PAGE_LRU
    unmap_file_page(m, k, page)
    if m.page_refcount[page] != 3:  # ours, the cache's, isolation's
        _give_back(m, k, page)
        return SCAN_PAGE_COUNT
    return SCAN_SUCCEED


@core
def _give_back(m: State, k: Rules, page: int) -> int:
    """The page stays what it was, but unmapped."""
    putback_lru_page(m, k, page)
    return put_page(m, k, page)


@core
def _replace(m: State, k: Rules, file: int, start: int, head: int) -> int:
    """Contents go over, the small pages are free, the cache names the huge page."""
    first = m.file_first[file] + start
    holes = HPAGE_PMD_NR
    for i in range(places_of_huge(m, file, start)):
        page = m.cache_page[first + i]
        if page != NO_PAGE:
            m.page_tag[head + i] = m.page_tag[page]
            m.page_list[page] = LIST_NONE
            m.page_refcount[page] = 0
            free_page(m, k, page)
            holes -= 1
    fill_huge_cache(m, file, start, head)
    count(m, NR_FILE_PAGES, holes)
    return count(m, NR_SHMEM, holes)
