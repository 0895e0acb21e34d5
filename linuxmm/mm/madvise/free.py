# SPDX-License-Identifier: GPL-2.0-or-later
"""MADV_FREE, MADV_DONTNEED and MADV_DONTNEED_LOCKED.  Source: mm/madvise.c.

Not modelled: hwpoison and swapin-error entries, which 6.1 clears (no step makes them),
userfaultfd events.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_DIRTY, pte_none, pte_present, swp_offset
from linuxmm.core import core
from linuxmm.mm.compound import (
    HPAGE_PMD_NR,
    compound_head,
    page_compound,
    page_mapcount,
    total_mapcount,
)
from linuxmm.mm.huge_memory.range import madvise_free_huge_pmd
from linuxmm.mm.hugetlb.range import unmap_hugepage_range
from linuxmm.mm.madvise.cold import split_batch, split_if_mapped_once, takes_in_batch
from linuxmm.mm.memory.batch import FPB_IGNORE_ALL, folio_pte_batch
from linuxmm.mm.memory.nonpresent import is_real_swap_pte
from linuxmm.mm.memory.rss import add_mm_counter, sync_current_rss, update_hiwater_rss
from linuxmm.mm.memory.zap import zap_page_range
from linuxmm.mm.page import clear_page_flag, not_modelled, page_flag
from linuxmm.mm.pagewalk import WALK_VMA, page_walk
from linuxmm.mm.pgtable import PMD_MASK, PMD_SIZE, pmd_trans_huge, pte_offset_map
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.swap import lru_add_drain, mark_page_lazyfree
from linuxmm.mm.swapfile import free_swap_and_cache, try_to_free_swap
from linuxmm.mm.vma import vma_is_anonymous
from linuxmm.state.behaviours import B_HUGETLB_DONTNEED
from linuxmm.state.constants import (
    EINVAL,
    MM_SWAPENTS,
    NO_PAGE,
    PG_DIRTY,
    PG_LOCKED,
    PG_SWAPCACHE,
    VM_HUGETLB,
    VM_LOCKED,
    VM_PFNMAP,
    WHY_THP,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_MADVISE_FREE
from linuxmm.state.vocabulary import GIVES_SKIP, GIVES_STOP
from linuxmm.uapi import MADV_DONTNEED_LOCKED, MADV_FREE


@core
def _free_present(m: State, k: Rules, vma: int, addr: int, slot: int, pte: int) -> int:
    """One present entry: clean, old, its page on the way to the lazyfree pages; GIVES_* or 0."""
    page = site_page(m, k, SITE_MADVISE_FREE, vma, addr, pte)
    if page_compound(m, page):
        if page_mapcount(m, compound_head(m, page)) != page_mapcount(m, page):
            return not_modelled(m, WHY_THP)  # which of the two counts differs between kernels
        if split_if_mapped_once(m, k, page):
            pte = m.pte[slot]
    refused = refused_page(m, k, SITE_MADVISE_FREE, page, vma, 0, 0)
    if refused:
        return refused
    if page_flag(m, page, PG_SWAPCACHE | PG_DIRTY):
        if page_flag(m, page, PG_LOCKED):
            return GIVES_SKIP
        if page_flag(m, page, PG_SWAPCACHE) and try_to_free_swap(m, k, page) == 0:
            return GIVES_SKIP
        clear_page_flag(m, page, PG_DIRTY)
    m.pte[slot] = pte & ~(PAGE_ACCESSED | PAGE_DIRTY)
    mark_page_lazyfree(m, k, page)
    return 0


@core
def _free_batch(m: State, k: Rules, page: int, slot: int, max_nr: int) -> int:
    """The next entries, of parts of one huge page: the whole of it, or it is split; how many."""
    if page == NO_PAGE:
        return 1  # the site refuses it
    nr = folio_pte_batch(m, k, page, slot, max_nr, FPB_IGNORE_ALL)
    if nr < HPAGE_PMD_NR:
        return split_batch(m, k, page, nr)
    if page_flag(m, page, PG_SWAPCACHE | PG_DIRTY):
        if page_flag(m, page, PG_LOCKED) or total_mapcount(m, page) != HPAGE_PMD_NR:
            return nr
        if page_flag(m, page, PG_SWAPCACHE):
            not_modelled(m, WHY_THP)
            return nr
        clear_page_flag(m, page, PG_DIRTY)
    for i in range(nr):
        m.pte[slot + i] = m.pte[slot + i] & ~(PAGE_ACCESSED | PAGE_DIRTY)
    mark_page_lazyfree(m, k, page)
    return nr


@core
def madvise_free_pte_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """One page table; its swap entries are dropped, and counted together."""
    vma = m.stack[walk + WALK_VMA]
    nr_swap = 0
    if pmd_trans_huge(m, pmd):
        done = madvise_free_huge_pmd(m, k, pmd, addr, end)
        if done or pmd_trans_huge(m, pmd):
            return 0
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        nr = 1
        if takes_in_batch(m, k, pte):
            page = site_page(m, k, SITE_MADVISE_FREE, vma, addr, pte)
            nr = _free_batch(m, k, page, slot, end - addr >> 12)
        elif pte_present(pte):
            if _free_present(m, k, vma, addr, slot, pte) == GIVES_STOP:
                break
        elif pte_none(pte) == 0 and is_real_swap_pte(k, pte):
            nr_swap += 1
            free_swap_and_cache(m, k, swp_offset(pte))
            m.pte[slot] = 0
        slot += nr
        addr += nr * 4096
    if nr_swap:
        sync_current_rss(m, m.vma_mm[vma])
        add_mm_counter(m, m.vma_mm[vma], MM_SWAPENTS, -nr_swap)
    return 0


madvise_free_walk: Final = page_walk("madvise_free_walk", madvise_free_pte_range)


@core
def madvise_free_single_vma(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """MADV_FREE of a part of one VMA: anonymous memory only."""
    if vma_is_anonymous(m, vma) == 0:
        return -EINVAL
    lru_add_drain(m, k)
    return madvise_free_walk(m, k, m.vma_mm[vma], start, end, m.vma_mm[vma])


@core
def hugetlb_dontneed(m: State, k: Rules, vma: int, start: int, end: int, advice: int) -> int:
    """DONTNEED of the whole huge pages of a range that begins with one; before 5.18 refused."""
    if advice == MADV_FREE or start & (PMD_SIZE - 1) or behaviour(m, k, B_HUGETLB_DONTNEED) == 0:
        return -EINVAL
    end = end & PMD_MASK
    if start == end:
        return 0
    lru_add_drain(m, k)
    update_hiwater_rss(m, m.vma_mm[vma])
    return unmap_hugepage_range(m, k, vma, start, end, NO_PAGE)


@core
def madvise_dontneed_free(m: State, k: Rules, vma: int, start: int, end: int, advice: int) -> int:
    """Throw the contents away, now (DONTNEED) or when memory is short (FREE)."""
    if m.vma_flags[vma] & VM_HUGETLB:
        return hugetlb_dontneed(m, k, vma, start, end, advice)
    forbidden = VM_PFNMAP if advice == MADV_DONTNEED_LOCKED else VM_PFNMAP | VM_LOCKED
    if m.vma_flags[vma] & forbidden:
        return -EINVAL
    if advice == MADV_FREE:
        return madvise_free_single_vma(m, k, vma, start, end)
    lru_add_drain(m, k)
    update_hiwater_rss(m, m.vma_mm[vma])
    return zap_page_range(m, k, vma, start, end, 0)
