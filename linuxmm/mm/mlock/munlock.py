# SPDX-License-Identifier: GPL-2.0-or-later
"""munlock of a range in batches: the scheme before 5.18.  Source: mm/mlock.c.

The batch is a list (mm/list.py) of its own; each page in it is held by the reference of its lookup.
"""

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.core import core
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.list import batch_size, list_add_tail, list_head
from linuxmm.mm.mlock.pagevec import munlock_isolated_page, munlock_isolation_failed
from linuxmm.mm.mm_inline import del_page_from_lru_list
from linuxmm.mm.page import clear_page_flag, get_page, page_flag, put_page
from linuxmm.mm.pgtable import pmd_addr_end, pte_offset_map, walk_to_pmd
from linuxmm.mm.sites import refused_page, site_page
from linuxmm.mm.stack import pop
from linuxmm.mm.swap import count, lru_add_fn
from linuxmm.mm.vma import set_vma_flags
from linuxmm.state.constants import (
    LIST_ISOLATED,
    LIST_NONE,
    NO_PAGE,
    PG_LRU,
    PG_MLOCKED,
    PG_UNEVICTABLE,
    PVEC_SIZE,
    VM_LOCKED,
    VM_LOCKONFAULT,
)
from linuxmm.state.layout import (
    NR_MLOCK,
    UNEVICTABLE_PGMUNLOCKED,
    UNEVICTABLE_PGRESCUED,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_MUNLOCK_PAGEVEC_FILL, SITE_MUNLOCK_VMA_PAGES_RANGE
from linuxmm.state.vocabulary import GIVES_STOP


@core
def munlock_vma_pages_range(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """The VMA is no longer locked: munlock what it maps in [start, end)."""
    set_vma_flags(m, vma, m.vma_flags[vma] & ~(VM_LOCKED | VM_LOCKONFAULT))
    site = SITE_MUNLOCK_VMA_PAGES_RANGE
    pvec = list_head(m, PVEC_SIZE)
    addr = start
    while addr < end:
        page = site_follow_page(m, k, site, vma, addr)
        if refused_page(m, k, site, page, vma, 0, 0):
            addr += 4096
            continue
        list_add_tail(m, page, pvec)
        addr = munlock_pagevec_fill(m, k, pvec, vma, m.page_range[page], addr, end)
        munlock_pagevec(m, k, pvec)
    return pop(m, pvec)


@core
def munlock_pagevec_fill(
    m: State, k: Rules, pvec: int, vma: int, zone: int, start: int, end: int
) -> int:
    """Add the pages behind the one at `start` to the batch: where the walk has ended.

    It ends at the end of the page table, at an entry that is not present, at one whose page the
    site refuses, and when the batch is full.
    """
    end = pmd_addr_end(start, end)
    slot = pte_offset_map(m, walk_to_pmd(m, vma, start), start)
    addr = start + 4096
    while addr < end:
        slot += 1
        pte = m.pte[slot]
        if pte_present(pte) == 0:
            return addr
        page = site_page(m, k, SITE_MUNLOCK_PAGEVEC_FILL, vma, addr, pte)
        refused = refused_page(m, k, SITE_MUNLOCK_PAGEVEC_FILL, page, vma, 0, zone)
        if refused == GIVES_STOP:
            return addr
        addr += 4096
        if refused == 0:
            get_page(m, page)
            list_add_tail(m, page, pvec)
            if m.stack[pvec] == batch_size(k):
                return addr
    return addr


@core
def munlock_pagevec(m: State, k: Rules, pvec: int) -> int:
    """__munlock_pagevec: unmark and take off the lists, let go of the rest, put back.

    The batch is empty then.
    """
    first, end = pvec + 1, pvec + 1 + m.stack[pvec]
    for i in range(first, end):
        m.stack[i] = _isolate_mlocked(m, k, m.stack[i])
    m.stack[pvec] = 0
    for i in range(first, end):
        page = m.stack[i]
        if page == NO_PAGE:
            continue
        m.page_list[page] = LIST_NONE
        if m.page_mapcount[page] <= 1:
            list_add_tail(m, page, pvec)
            continue
        get_page(m, page)
        munlock_isolated_page(m, k, page)
        put_page(m, k, page)
    return _putback_lru_fast(m, k, pvec)


@core
def _isolate_mlocked(m: State, k: Rules, page: int) -> int:
    """Phase 1 for one page: it, off its list; NO_PAGE when there is nothing more to do."""
    if page_flag(m, page, PG_MLOCKED):
        clear_page_flag(m, page, PG_MLOCKED)
        count(m, NR_MLOCK, -1)
        if page_flag(m, page, PG_LRU):
            del_page_from_lru_list(m, page)
            m.page_list[page] = LIST_ISOLATED
            return page
        munlock_isolation_failed(m, page)
    put_page(m, k, page)
    return NO_PAGE


@core
def _putback_lru_fast(m: State, k: Rules, pvec: int) -> int:
    """Pages that only this VMA mapped go straight back to their lists, past the batch."""
    nr = m.stack[pvec]
    m.stack[pvec] = 0
    rescued = 0
    count(m, UNEVICTABLE_PGMUNLOCKED, nr)
    for i in range(pvec + 1, pvec + 1 + nr):
        page = m.stack[i]
        rescued += page_flag(m, page, PG_UNEVICTABLE)
        clear_page_flag(m, page, PG_UNEVICTABLE)
        lru_add_fn(m, page)
        put_page(m, k, page)
    return count(m, UNEVICTABLE_PGRESCUED, rescued)
