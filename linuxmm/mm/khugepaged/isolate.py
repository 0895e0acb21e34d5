# SPDX-License-Identifier: GPL-2.0-or-later
"""Every page of a table locked and off the LRU, or none.

Source: mm/khugepaged.c (__collapse_huge_page_isolate, release_pte_pages).  Parts of one huge page
are one page here: it is locked and isolated where the first of them stands.
"""

from linuxmm.arch.x86.pgtable import PAGE_UFFD_WP, pte_none, pte_pfn, pte_present, pte_write
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head, page_compound
from linuxmm.mm.khugepaged.limits import (
    is_referenced,
    leaves_lazyfree,
    none_or_zero_allowed,
    note_shared,
)
from linuxmm.mm.khugepaged.result import (
    SCAN_LACK_REFERENCED_PAGE,
    SCAN_PAGE_LAZYFREE,
    SCAN_PAGE_RO,
    SCAN_PTE_NON_PRESENT,
    SCAN_PTE_UFFD_WP,
    SCAN_SUCCEED,
    result_of_test,
)
from linuxmm.mm.memory.swap import reuse_swap_page
from linuxmm.mm.page import clear_page_flag, is_zero_pfn, page_flag, pfn_to_page, set_page_flag
from linuxmm.mm.page_tests import test_refuses
from linuxmm.mm.sites import behaviour, refusing_test, site_page
from linuxmm.mm.vmscan.isolate import mod_isolated, putback_lru_page
from linuxmm.state.behaviours import B_ANON_EXCLUSIVE, B_COLLAPSE_NEEDS_WRITABLE
from linuxmm.state.constants import NO_PAGE, PG_LOCKED, PG_SWAPCACHE
from linuxmm.state.layout import COLLAPSE_SHARED, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_COLLAPSE_HUGE_PAGE_ISOLATE
from linuxmm.state.vocabulary import CONTEXT_MADV_COLLAPSE, TEST_TOO_MANY_SHARED


@core
def mapped_by(m: State, pte: int) -> int:
    """The page of an entry that is neither empty nor the zero page; else NO_PAGE."""
    if pte_none(pte) or pte_present(pte) == 0 or is_zero_pfn(m, pte_pfn(pte)):
        return NO_PAGE
    return pfn_to_page(m, pte_pfn(pte))


@core
def maps_part_of(m: State, first: int, end: int, head: int) -> int:
    """Does an entry of [first, end) map a part of this huge page?  Asked from the end backwards."""
    slot = end
    while slot > first:
        slot -= 1
        other = mapped_by(m, m.pte[slot])
        if other != NO_PAGE and compound_head(m, other) == head:
            return 1
    return 0


@core
def collapse_huge_page_isolate(
    m: State, k: Rules, vma: int, address: int, first: int, is_khugepaged: int
) -> int:
    """SCAN_SUCCEED: every page is ours alone; else what was in the way, and none is."""
    empty = 0
    referenced = 0
    writable = 0
    result = SCAN_SUCCEED
    m.scratch[COLLAPSE_SHARED] = 0
    i = 0
    while i < HPAGE_PMD_NR and result == SCAN_SUCCEED:
        pte = m.pte[first + i]
        if pte_none(pte) or (pte_present(pte) and is_zero_pfn(m, pte_pfn(pte))):
            empty += 1
            result = none_or_zero_allowed(m, vma, empty, is_khugepaged)
        elif pte_present(pte) == 0:
            result = SCAN_PTE_NON_PRESENT
        elif pte & PAGE_UFFD_WP:
            result = SCAN_PTE_UFFD_WP
        else:
            addr = address + i * 4096
            page = site_page(m, k, SITE_COLLAPSE_HUGE_PAGE_ISOLATE, vma, addr, pte)
            if is_khugepaged and leaves_lazyfree(m, k, page, pte):
                result = SCAN_PAGE_LAZYFREE
            else:
                result = _isolate_page(m, k, vma, page, first, first + i, is_khugepaged)
            if result == SCAN_SUCCEED:
                referenced += is_referenced(m, page, pte)
                writable |= pte_write(pte)
        if result == SCAN_SUCCEED:
            i += 1
    if result == SCAN_SUCCEED and writable == 0 and behaviour(m, k, B_COLLAPSE_NEEDS_WRITABLE) == 0:
        result = SCAN_PAGE_RO
    elif result == SCAN_SUCCEED and is_khugepaged and referenced == 0:
        result = SCAN_LACK_REFERENCED_PAGE
    if result != SCAN_SUCCEED:
        release_pte_pages(m, k, first, first + i)
    return result


@core
def _isolate_page(
    m: State, k: Rules, vma: int, page: int, first: int, slot: int, is_khugepaged: int
) -> int:
    """One page by the tests of the record, the last of which takes it off the LRU."""
    head = compound_head(m, page)
    if page_compound(m, head) and maps_part_of(m, first, slot, head):
        if is_khugepaged and test_refuses(m, TEST_TOO_MANY_SHARED, page, vma, 0):
            return result_of_test(m, TEST_TOO_MANY_SHARED)
        return note_shared(m, page) + SCAN_SUCCEED
    context = 0 if is_khugepaged else CONTEXT_MADV_COLLAPSE
    test = refusing_test(m, k, SITE_COLLAPSE_HUGE_PAGE_ISOLATE, page, vma, context, 0)
    if test == 0:
        note_shared(m, page)
        set_page_flag(m, page, PG_LOCKED)
        if page_flag(m, page, PG_SWAPCACHE) and behaviour(m, k, B_ANON_EXCLUSIVE) == 0:
            reuse_swap_page(m, k, page)
        mod_isolated(m, head, 1)
    return result_of_test(m, test)


# --- back again ---
@core
def release_pte_page(m: State, k: Rules, page: int) -> int:
    """A small page, or the head of a huge one, is unlocked and on its way to the LRU."""
    mod_isolated(m, page, -1)
    clear_page_flag(m, page, PG_LOCKED)
    return putback_lru_page(m, k, page)


@core
def release_pte_pages(m: State, k: Rules, first: int, end: int) -> int:
    """The pages of the entries [first, end) are as they were: small ones, the last first."""
    slot = end
    while slot > first:
        slot -= 1
        page = mapped_by(m, m.pte[slot])
        if page != NO_PAGE and page_compound(m, page) == 0:
            release_pte_page(m, k, page)
    for slot in range(first, end):
        page = mapped_by(m, m.pte[slot])
        if page != NO_PAGE and page_compound(m, page):
            head = compound_head(m, page)
            if maps_part_of(m, first, slot, head) == 0:
                release_pte_page(m, k, head)
    return 0
