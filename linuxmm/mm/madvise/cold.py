# SPDX-License-Identifier: GPL-2.0-or-later
"""MADV_COLD and MADV_PAGEOUT.  Source: mm/madvise.c:madvise_cold_or_pageout_pte_range."""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import (
    HPAGE_PMD_NR,
    HPAGE_PMD_SIZE,
    compound_head,
    page_compound,
    page_mapcount,
    total_mapcount,
)
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.list import list_add_tail, list_head
from linuxmm.mm.memory.batch import FPB_IGNORE_ALL, folio_pte_batch
from linuxmm.mm.page import (
    clear_page_flag,
    get_page,
    page_flag,
    pfn_to_page,
    put_page,
    set_page_flag,
)
from linuxmm.mm.page_tests import folio_likely_mapped_shared
from linuxmm.mm.page_vma_mapped import folio_maybe_mapped_shared
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import PTRS_PER_PTE, pmd_trans_huge, pmd_val, pte_offset_map, set_pmd
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import deactivate_page, lru_add_drain
from linuxmm.mm.vmscan.isolate import isolate_lru_page, putback_lru_page
from linuxmm.mm.vmscan.reclaim import reclaim_pages
from linuxmm.state.behaviours import (
    B_COLD_NOTES_ACTIVE,
    B_FOLIO_MAPPED_SHARED,
    B_LARGE_FOLIOS,
    B_PAGEOUT_KEEPS_YOUNG,
)
from linuxmm.state.constants import (
    EINVAL,
    NO_PAGE,
    PG_ACTIVE,
    PG_LOCKED,
    PG_LRU,
    PG_REFERENCED,
    PG_UNEVICTABLE,
    PG_WORKINGSET,
    PG_YOUNG,
    VM_HUGETLB,
    VM_LOCKED,
    VM_PFNMAP,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_MADVISE_COLD_OR_PAGEOUT
from linuxmm.state.vocabulary import GIVES_STOP

# struct madvise_walk_private: m.stack[private + ...]
PRIVATE_TLB: Final = 0  # of the struct mmu_gather its mm
PRIVATE_PAGEOUT: Final = 1
NR_PRIVATE: Final = 2


@core
def can_madv_lru_vma(m: State, vma: int) -> int:
    """Locked, raw-PFN and hugetlb mappings are left alone; DAX and MIXEDMAP are not."""
    return 0 if m.vma_flags[vma] & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB) else 1


@core
def madvise_cold_or_pageout_pte_range(
    m: State, k: Rules, pmd: int, addr: int, end: int, walk: int
) -> int:
    """The entries of one page table; what they isolated is reclaimed at its end."""
    vma = m.stack[walk + WALK_VMA]
    pageout = m.stack[m.stack[walk + WALK_PRIVATE] + PRIVATE_PAGEOUT]
    page_list = list_head(m, PTRS_PER_PTE)
    if pmd_trans_huge(m, pmd) and _cold_or_pageout_leaf(m, k, pmd, addr, end, pageout, page_list):
        if pageout:
            reclaim_pages(m, k, page_list)
        return pop(m, page_list)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        if takes_in_batch(m, k, pte):
            page = site_page(m, k, SITE_MADVISE_COLD_OR_PAGEOUT, vma, addr, pte)
            nr = _cold_or_pageout_batch(m, k, page, slot, end - addr >> 12, pageout, page_list)
            slot += nr
            addr += nr * 4096
            continue
        if pte_present(pte):
            page = site_page(m, k, SITE_MADVISE_COLD_OR_PAGEOUT, vma, addr, pte)
            if page_compound(m, page) and split_if_mapped_once(m, k, page):
                pte = m.pte[slot]
            refused = refused_page(m, k, SITE_MADVISE_COLD_OR_PAGEOUT, page, vma, 0, 0)
            if refused == GIVES_STOP:
                break
            if refused == 0:
                if pageout == 0 or behaviour(m, k, B_PAGEOUT_KEEPS_YOUNG) == 0:
                    m.pte[slot] = pte & ~PAGE_ACCESSED
                _cold_or_pageout_page(m, k, page, pageout, page_list)
        slot += 1
        addr += 4096
    if pageout:
        reclaim_pages(m, k, page_list)
    return pop(m, page_list)


@core
def _cold_or_pageout_leaf(
    m: State, k: Rules, pmd: int, addr: int, end: int, pageout: int, page_list: int
) -> int:
    """A leaf: 1 when it is dealt with, 0 when its page was split and there is a table to walk."""
    word = pmd_val(m, pmd)
    if is_huge_zero_pmd(m, word):
        return 1
    page = pfn_to_page(m, pte_pfn(word))
    shared = 1 if page_mapcount(m, page) != 1 else 0
    if behaviour(m, k, B_LARGE_FOLIOS):
        shared = _mapped_shared(m, k, page)
    if shared:
        return 1
    if end - addr != HPAGE_PMD_SIZE:
        return 0 if split_if_mapped_once(m, k, page) else 1
    if pageout == 0 or behaviour(m, k, B_PAGEOUT_KEEPS_YOUNG) == 0:
        set_pmd(m, pmd, word & ~PAGE_ACCESSED)
    _cold_or_pageout_page(m, k, page, pageout, page_list)
    return 1


# --- parts of a huge page, where they are taken in batches ---
@core
def _mapped_shared(m: State, k: Rules, page: int) -> int:
    """Do several processes map the huge page, as far as this kernel can say?"""
    if behaviour(m, k, B_FOLIO_MAPPED_SHARED):
        return folio_maybe_mapped_shared(m, page)
    return folio_likely_mapped_shared(m, page)


@core
def takes_in_batch(m: State, k: Rules, pte: int) -> int:
    """Is this the entry of a part, in a kernel whose walks take those together?"""
    if pte_present(pte) == 0 or behaviour(m, k, B_LARGE_FOLIOS) == 0:
        return 0
    page = pfn_to_page(m, pte_pfn(pte))
    return page_compound(m, page) if page != NO_PAGE else 0


@core
def split_batch(m: State, k: Rules, page: int, nr: int) -> int:
    """Entries that map only some parts: the huge page is split, unless others map it or hold it.

    How far to go on: 0, it was split and the same entry is looked at again.
    """
    if _mapped_shared(m, k, page) or page_flag(m, compound_head(m, page), PG_LOCKED):
        return nr
    get_page(m, page)
    split_huge_page(m, k, page)
    whole = page_compound(m, page)  # it failed, or is not modelled
    put_page(m, k, page)
    return nr if whole else 0


@core
def _cold_or_pageout_batch(
    m: State, k: Rules, page: int, slot: int, max_nr: int, pageout: int, page_list: int
) -> int:
    """The next entries, of parts of one huge page: the whole of it, or it is split; how many."""
    if page == NO_PAGE:
        return 1  # the site refuses it
    nr = folio_pte_batch(m, k, page, slot, max_nr, FPB_IGNORE_ALL)
    if nr < HPAGE_PMD_NR:
        return split_batch(m, k, page, nr)
    if page_flag(m, page, PG_LRU) == 0 or total_mapcount(m, page) != HPAGE_PMD_NR:
        return nr
    if pageout == 0:
        for i in range(nr):
            m.pte[slot + i] = m.pte[slot + i] & ~PAGE_ACCESSED
    _cold_or_pageout_page(m, k, page, pageout, page_list)
    return nr


# --- a page ---
@core
def split_if_mapped_once(m: State, k: Rules, page: int) -> int:
    """The huge page of which this is a part is split if nobody else maps it: 1, or 0: it stays."""
    if page_mapcount(m, page) != 1 or page_flag(m, page, PG_LOCKED):
        return 0
    get_page(m, page)
    failed = split_huge_page(m, k, page)
    put_page(m, k, page)
    return 0 if failed else 1


@core
def _cold_or_pageout_page(m: State, k: Rules, page: int, pageout: int, page_list: int) -> int:
    """The page itself: unreferenced, then deactivated, or isolated to be reclaimed."""
    clear_page_flag(m, page, PG_REFERENCED | PG_YOUNG)
    if page_flag(m, page, PG_ACTIVE) and behaviour(m, k, B_COLD_NOTES_ACTIVE):
        set_page_flag(m, page, PG_WORKINGSET)
    if pageout == 0:
        return deactivate_page(m, k, page)
    if isolate_lru_page(m, k, page) != 0:
        return 0
    if page_flag(m, page, PG_UNEVICTABLE):
        return putback_lru_page(m, k, page)
    return list_add_tail(m, page, page_list)


cold_walk: Final = page_walk("cold_walk", madvise_cold_or_pageout_pte_range)


@core
def madvise_cold_or_pageout_range(
    m: State, k: Rules, vma: int, start: int, end: int, pageout: int
) -> int:
    """The walk with its struct madvise_walk_private."""
    private = push(m, NR_PRIVATE)
    m.stack[private + PRIVATE_TLB] = m.vma_mm[vma]
    m.stack[private + PRIVATE_PAGEOUT] = pageout
    cold_walk(m, k, m.vma_mm[vma], start, end, private)
    return pop(m, private)


@core
def madvise_cold(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """Mark the pages unused and move them to the inactive lists."""
    if can_madv_lru_vma(m, vma) == 0:
        return -EINVAL
    lru_add_drain(m, k)
    return madvise_cold_or_pageout_range(m, k, vma, start, end, 0)


@core
def madvise_pageout(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """Mark the pages unused and reclaim them.

    Not modelled: a file that the caller neither owns nor may write (0, nothing is done).
    """
    if can_madv_lru_vma(m, vma) == 0:
        return -EINVAL
    lru_add_drain(m, k)
    return madvise_cold_or_pageout_range(m, k, vma, start, end, 1)
