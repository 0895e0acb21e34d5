"""munlock of a range in batches: the scheme before 5.18.  Source: mm/mlock.c.

The batch is m.out[0:n]; each page in it is held by the reference of its lookup.
"""

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.core import core
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.mlock.pagevec import munlock_isolated_page, munlock_isolation_failed
from linuxmm.mm.mm_inline import del_page_from_lru_list
from linuxmm.mm.page import clear_page_flag, get_page, page_flag, put_page
from linuxmm.mm.pgtable import pmd_addr_end, pte_offset_map, walk_to_pmd
from linuxmm.mm.sites import refused_page, site_page
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
from linuxmm.state.vocabulary import (
    GIVES_STOP,
    SITE_MUNLOCK_PAGEVEC_FILL,
    SITE_MUNLOCK_VMA_PAGES_RANGE,
)


@core
def munlock_vma_pages_range(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """The VMA is no longer locked: munlock what it maps in [start, end)."""
    set_vma_flags(m, vma, m.vma_flags[vma] & ~(VM_LOCKED | VM_LOCKONFAULT))
    site = SITE_MUNLOCK_VMA_PAGES_RANGE
    addr = start
    while addr < end:
        page = site_follow_page(m, k, site, vma, addr)
        if refused_page(m, k, site, page, vma, 0, 0):
            addr += 4096
            continue
        m.out[0] = page
        n = munlock_pagevec_fill(m, k, vma, addr, end)
        munlock_pagevec(m, k, n)
        addr += m.out[PVEC_SIZE]
    return 0


@core
def munlock_pagevec_fill(m: State, k: Rules, vma: int, first: int, end: int) -> int:
    """Add the pages behind the one at `first` to the batch: how many it holds.

    The walk ends at the end of the page table, at an entry that is not present, at one whose
    page the site refuses, and when the batch is full.  m.out[PVEC_SIZE]: bytes walked.
    """
    stop = pmd_addr_end(first, end)
    slot = pte_offset_map(walk_to_pmd(m, vma, first), first) + 1
    n = 1
    addr = first + 4096
    while addr < stop:
        pte = m.pte[slot]
        if pte_present(pte) == 0:
            break
        page = site_page(m, k, SITE_MUNLOCK_PAGEVEC_FILL, vma, addr, pte)
        refused = refused_page(m, k, SITE_MUNLOCK_PAGEVEC_FILL, page, vma, 0, m.out[0])
        if refused == GIVES_STOP:
            break
        slot += 1
        addr += 4096
        if refused == 0:
            get_page(m, page)
            m.out[n] = page
            n += 1
            if n == PVEC_SIZE:
                break
    m.out[PVEC_SIZE] = addr - first
    return n


@core
def munlock_pagevec(m: State, k: Rules, n: int) -> int:
    """__munlock_pagevec: unmark and take off the lists, let go of the rest, put back."""
    for i in range(n):
        m.out[i] = _isolate_mlocked(m, k, m.out[i])
    fast = 0
    for i in range(n):
        page = m.out[i]
        if page == NO_PAGE:
            continue
        m.page_list[page] = LIST_NONE
        if m.page_mapcount[page] <= 1:
            m.out[fast] = page
            fast += 1
            continue
        get_page(m, page)
        munlock_isolated_page(m, k, page)
        put_page(m, k, page)
    return _putback_lru_fast(m, k, fast)


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
def _putback_lru_fast(m: State, k: Rules, n: int) -> int:
    """Pages that only this VMA mapped go straight back to their lists, past the batch."""
    rescued = 0
    count(m, UNEVICTABLE_PGMUNLOCKED, n)
    for i in range(n):
        page = m.out[i]
        rescued += page_flag(m, page, PG_UNEVICTABLE)
        clear_page_flag(m, page, PG_UNEVICTABLE)
        lru_add_fn(m, page)
        put_page(m, k, page)
    return count(m, UNEVICTABLE_PGRESCUED, rescued)
