# SPDX-License-Identifier: GPL-2.0-or-later
"""mlock of one page through the per-CPU mlock batch (the scheme of 5.18 and later).

Source: mm/mlock.c (mlock_folio, mlock_new_page, munlock_page, mlock_pagevec), mm/internal.h
(mlock_vma_page, munlock_vma_page).  An entry of the batch says what to do when it drains; on
the unevictable "list" page_mlock_count stands for the number of VM_LOCKED mappings seen.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import compound_head, compound_nr, page_compound
from linuxmm.mm.list import batch_size
from linuxmm.mm.mm_inline import add_page_to_lru_list, move_page_on_lru
from linuxmm.mm.page import clear_page_flag, get_page, page_flag, put_page, set_page_flag
from linuxmm.state.behaviours import B_MLOCK_SCHEME, B_PARTS_MUNLOCK
from linuxmm.state.constants import (
    NR_PVECS,
    PG_ACTIVE,
    PG_LRU,
    PG_MLOCKED,
    PG_UNEVICTABLE,
    PVEC_MLOCK,
    PVEC_SIZE,
    VM_LOCKED,
    VM_SPECIAL,
)
from linuxmm.state.layout import (
    CURRENT_CPU,
    NR_MLOCK,
    UNEVICTABLE_PGCULLED,
    UNEVICTABLE_PGMLOCKED,
    UNEVICTABLE_PGMUNLOCKED,
    UNEVICTABLE_PGRESCUED,
    UNEVICTABLE_PGSTRANDED,
    State,
)
from linuxmm.state.rules import Rules

MUNLOCK_PAGE: Final = 0
MLOCK_LRU_PAGE: Final = 1
MLOCK_NEW_PAGE: Final = 2


@core
def _mlock_pagevec_add(m: State, k: Rules, page: int, kind: int) -> int:
    cpu = m.scratch[CURRENT_CPU]
    batch = cpu * NR_PVECS + PVEC_MLOCK
    n = m.pvec_nr[batch]
    get_page(m, page)
    m.pvec_page[batch * PVEC_SIZE + n] = page
    m.mlock_pvec_kind[cpu * PVEC_SIZE + n] = kind
    m.pvec_nr[batch] = n + 1
    if n + 1 >= batch_size(k) or page_compound(m, page):
        mlock_page_drain(m, k, cpu)
    return 0


@core
def mlock_page_drain(m: State, k: Rules, cpu: int) -> int:
    """mlock_pagevec: do what each entry of one CPU's mlock batch says."""
    batch = cpu * NR_PVECS + PVEC_MLOCK
    n = m.pvec_nr[batch]
    m.pvec_nr[batch] = 0
    for i in range(n):
        page = m.pvec_page[batch * PVEC_SIZE + i]
        kind = m.mlock_pvec_kind[cpu * PVEC_SIZE + i]
        m.pvec_page[batch * PVEC_SIZE + i] = 0
        m.mlock_pvec_kind[cpu * PVEC_SIZE + i] = 0
        if kind == MLOCK_LRU_PAGE:
            _mlock_lru_page(m, page)
        elif kind == MLOCK_NEW_PAGE:
            _mlock_new_page(m, page)
        else:
            _munlock_page(m, page)
        put_page(m, k, page)
    return 0


@core
def _count(m: State, page: int, which: int, delta: int) -> int:
    """Add a page (delta 1) to a counter of pages, or take it away (-1); a huge one is 512."""
    m.vmstat[which] = m.vmstat[which] + delta * compound_nr(m, page)
    return 0


@core
def _mlock_lru_page(m: State, page: int) -> int:
    """__mlock_page: nothing more can be done while the page is off the LRU."""
    if page_flag(m, page, PG_LRU) == 0:
        return 0
    if page_flag(m, page, PG_MLOCKED) == 0:  # page_evictable: munlocked meanwhile
        if page_flag(m, page, PG_UNEVICTABLE):
            clear_page_flag(m, page, PG_UNEVICTABLE)
            move_page_on_lru(m, page)
            _count(m, page, UNEVICTABLE_PGRESCUED, 1)
        return 0
    if page_flag(m, page, PG_UNEVICTABLE):
        m.page_mlock_count[page] = m.page_mlock_count[page] + 1
        return 0
    clear_page_flag(m, page, PG_ACTIVE)
    set_page_flag(m, page, PG_UNEVICTABLE)
    m.page_mlock_count[page] = 1
    move_page_on_lru(m, page)
    return _count(m, page, UNEVICTABLE_PGCULLED, 1)


@core
def _mlock_new_page(m: State, page: int) -> int:
    """__mlock_new_page: a page that was on no list yet."""
    if page_flag(m, page, PG_MLOCKED):
        set_page_flag(m, page, PG_UNEVICTABLE)
        m.page_mlock_count[page] = 1
        _count(m, page, UNEVICTABLE_PGCULLED, 1)
    return add_page_to_lru_list(m, page)


@core
def _munlock_page(m: State, page: int) -> int:
    """__munlock_page: the last VM_LOCKED mapping gone, the page becomes evictable."""
    isolated = page_flag(m, page, PG_LRU)
    unevictable = page_flag(m, page, PG_UNEVICTABLE)
    if isolated and unevictable:
        if m.page_mlock_count[page]:
            m.page_mlock_count[page] = m.page_mlock_count[page] - 1
        if m.page_mlock_count[page]:
            return 0
    if page_flag(m, page, PG_MLOCKED):
        clear_page_flag(m, page, PG_MLOCKED)
        _count(m, page, NR_MLOCK, -1)
        stranded = unevictable and isolated == 0
        _count(m, page, UNEVICTABLE_PGSTRANDED if stranded else UNEVICTABLE_PGMUNLOCKED, 1)
    if isolated and unevictable:
        clear_page_flag(m, page, PG_UNEVICTABLE)
        move_page_on_lru(m, page)
        _count(m, page, UNEVICTABLE_PGRESCUED, 1)
    return 0


@core
def mlock_folio(m: State, k: Rules, page: int) -> int:
    """Mark a page that is on (or for a moment off) the LRU as mlocked."""
    if page_flag(m, page, PG_MLOCKED) == 0:
        set_page_flag(m, page, PG_MLOCKED)
        _count(m, page, NR_MLOCK, 1)
        _count(m, page, UNEVICTABLE_PGMLOCKED, 1)
    return _mlock_pagevec_add(m, k, page, MLOCK_LRU_PAGE)


@core
def mlock_new_page(m: State, k: Rules, page: int) -> int:
    """Mark a newly allocated page of a locked VMA, not yet on the LRU, as mlocked."""
    set_page_flag(m, page, PG_MLOCKED)
    _count(m, page, NR_MLOCK, 1)
    _count(m, page, UNEVICTABLE_PGMLOCKED, 1)
    return _mlock_pagevec_add(m, k, page, MLOCK_NEW_PAGE)


@core
def munlock_page(m: State, k: Rules, page: int) -> int:
    """One VM_LOCKED mapping of the page is gone; the drain clears PG_mlocked with the last."""
    return _mlock_pagevec_add(m, k, page, MUNLOCK_PAGE)


@core
def mlock_vma_page(m: State, k: Rules, page: int, vma: int) -> int:
    """At the end of page_add_*_rmap: a page mapped into a locked VMA is mlocked.

    Not a part of a huge page: that is mlocked only as a whole (`mlock_vma_huge_page`).
    """
    if page_compound(m, page):
        return 0
    return mlock_vma_huge_page(m, k, page, vma)


@core
def mlock_vma_huge_page(m: State, k: Rules, page: int, vma: int) -> int:
    """mlock_vma_page of a leaf (compound): the whole of the huge page is mlocked."""
    if k.behaviour[B_MLOCK_SCHEME] == 0:
        return 0
    if m.vma_flags[vma] & (VM_LOCKED | VM_SPECIAL) == VM_LOCKED:
        mlock_folio(m, k, page)
    return 0


@core
def munlock_vma_page(m: State, k: Rules, page: int, vma: int) -> int:
    """At the end of page_remove_rmap: a page leaves a VMA that is still locked.

    Of a part of a huge page the whole is munlocked, or (before 6.7) nothing.
    """
    if page_compound(m, page) and k.behaviour[B_PARTS_MUNLOCK] == 0:
        return 0
    return munlock_vma_huge_page(m, k, compound_head(m, page), vma)


@core
def munlock_vma_huge_page(m: State, k: Rules, page: int, vma: int) -> int:
    """munlock_vma_page of a leaf (compound)."""
    if k.behaviour[B_MLOCK_SCHEME] == 0:
        return 0
    if m.vma_flags[vma] & VM_LOCKED:
        munlock_page(m, k, page)
    return 0
