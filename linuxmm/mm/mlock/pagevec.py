# SPDX-License-Identifier: GPL-2.0-or-later
"""mlock and munlock of one page at once: the scheme before 5.18 (`mlock_scheme` pagevec).

Source: mm/mlock.c (mlock_vma_page, munlock_vma_page, __munlock_isolated_page,
__munlock_isolation_failed), mm/rmap.c (page_mlock).  The kernel's own names without `_now`
belong to the batch scheme in this package (`mlock/page.py`).
"""

from linuxmm.core import core
from linuxmm.mm.compound import page_compound
from linuxmm.mm.page import clear_page_flag, not_modelled, page_flag, set_page_flag
from linuxmm.mm.page_vma_mapped import page_vma_mapped_walk
from linuxmm.mm.swap import count
from linuxmm.mm.vmscan.isolate import isolate_lru_page, putback_lru_page
from linuxmm.state.constants import PG_MLOCKED, PG_UNEVICTABLE, VM_LOCKED, WHY_THP
from linuxmm.state.layout import (
    NR_MLOCK,
    SIZE_V,
    UNEVICTABLE_PGMLOCKED,
    UNEVICTABLE_PGMUNLOCKED,
    UNEVICTABLE_PGSTRANDED,
    State,
)
from linuxmm.state.rules import Rules


@core
def mlock_vma_page_now(m: State, k: Rules, page: int) -> int:
    """PG_mlocked, once; a page on the LRU is moved to the unevictable list."""
    if page_compound(m, page):
        return not_modelled(m, WHY_THP)
    if page_flag(m, page, PG_MLOCKED):
        return 0
    set_page_flag(m, page, PG_MLOCKED)
    count(m, NR_MLOCK, 1)
    count(m, UNEVICTABLE_PGMLOCKED, 1)
    if isolate_lru_page(m, k, page) == 0:
        putback_lru_page(m, k, page)
    return 0


@core
def page_mlock(m: State, k: Rules, page: int) -> int:
    """Mark the page mlocked again if another VM_LOCKED VMA still maps it."""
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_flags[vma] & VM_LOCKED and page_vma_mapped_walk(m, page, vma, -1) >= 0:
            return mlock_vma_page_now(m, k, page)
    return 0


@core
def munlock_isolated_page(m: State, k: Rules, page: int) -> int:
    """__munlock_isolated_page: back on a list, munlocked unless somebody else locks it."""
    if m.page_mapcount[page] > 1:
        page_mlock(m, k, page)
    if page_flag(m, page, PG_MLOCKED) == 0:
        count(m, UNEVICTABLE_PGMUNLOCKED, 1)
    return putback_lru_page(m, k, page)


@core
def munlock_isolation_failed(m: State, page: int) -> int:
    """__munlock_isolation_failed: the page is off the lists; reclaim will find it later."""
    stranded = page_flag(m, page, PG_UNEVICTABLE)
    return count(m, UNEVICTABLE_PGSTRANDED if stranded else UNEVICTABLE_PGMUNLOCKED, 1)


@core
def munlock_vma_page_now(m: State, k: Rules, page: int) -> int:
    """One page is munlocked by itself (COW of a page in a locked VMA)."""
    if page_compound(m, page):
        return not_modelled(m, WHY_THP)
    if page_flag(m, page, PG_MLOCKED) == 0:
        return 0
    clear_page_flag(m, page, PG_MLOCKED)
    count(m, NR_MLOCK, -1)
    if isolate_lru_page(m, k, page) == 0:
        return munlock_isolated_page(m, k, page)
    return munlock_isolation_failed(m, page)
