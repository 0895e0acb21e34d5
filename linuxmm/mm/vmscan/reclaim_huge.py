# SPDX-License-Identifier: GPL-2.0-or-later
"""Reclaim of a huge page that one leaf maps.  Source: mm/vmscan.c:shrink_folio_list.

It goes to swap whole where there are 512 free slots in a row, else it is split.  Whoever asks
(MADV_PAGEOUT) has taken the accessed bits away before, so that nobody looks at them.  In the swap
cache it is inside one step only: what could keep it there (a reference, a pin, a locked area) is
asked before.  Not modelled: one that is mapped by PTEs too, or is a file's; kernels with large
folios.
"""

from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    HPAGE_PMD_NR,
    HPAGE_PMD_SIZE,
    PART_MAPPINGS,
    of_whole,
    total_mapcount,
)
from linuxmm.mm.huge_memory.split_page import can_split_folio, split_huge_page
from linuxmm.mm.huge_memory.split_pmd import split_huge_pmd
from linuxmm.mm.page import (
    clear_page_flag,
    not_modelled,
    page_anon,
    page_flag,
    page_maybe_dma_pinned,
)
from linuxmm.mm.pgtable import walk_to_pmd
from linuxmm.mm.rmap_migrate_huge import first_address
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count
from linuxmm.mm.swapfile import add_huge_to_swap, delete_huge_from_swap_cache
from linuxmm.mm.unmap import try_to_unmap_one
from linuxmm.mm.vmscan.fate import ACTIVATE, KEEP, SPLIT, free_isolated
from linuxmm.state.behaviours import B_LARGE_FOLIOS
from linuxmm.state.constants import (
    PG_DIRTY,
    PG_LOCKED,
    PG_MLOCKED,
    PG_SWAPBACKED,
    PG_WORKINGSET,
    WHY_THP,
)
from linuxmm.state.layout import (
    PGLAZYFREED,
    PSWPOUT,
    RECLAIM_MEMCG,
    SIZE_V,
    THP_SWPOUT,
    THP_SWPOUT_FALLBACK,
    State,
)
from linuxmm.state.rules import Rules


@core
def shrink_huge_page(m: State, k: Rules, head: int) -> int:
    """shrink_folio_list for a huge page: FREED, KEEP, ACTIVATE, or SPLIT: 512 are isolated."""
    if page_flag(m, head, PG_LOCKED):
        return KEEP
    if page_flag(m, head, PG_MLOCKED):  # folio_evictable
        return ACTIVATE
    whole = of_whole(m, head, COMPOUND_MAPCOUNT) == 1 and of_whole(m, head, PART_MAPPINGS) == 0
    if whole == 0 or page_anon(m, head) == 0 or behaviour(m, k, B_LARGE_FOLIOS):
        return not_modelled(m, WHY_THP)
    if page_flag(m, head, PG_SWAPBACKED) == 0:
        return _discard(m, k, head)
    if page_maybe_dma_pinned(m, head):
        return KEEP
    if can_split_folio(m, head) == 0:
        return ACTIVATE
    if add_huge_to_swap(m, head) == 0:
        if split_huge_page(m, k, head):
            return ACTIVATE
        count(m, THP_SWPOUT_FALLBACK, 1)
        return SPLIT
    return _swap_out(m, k, head)


@core
def _discard(m: State, k: Rules, head: int) -> int:
    """A lazily freed huge page: gone, if nobody wrote to it since and nobody holds it."""
    if try_to_unmap_huge(m, k, head) == 0 or page_maybe_dma_pinned(m, head):
        return ACTIVATE
    if m.page_refcount[head] != 1:
        return KEEP
    count(m, PGLAZYFREED, HPAGE_PMD_NR)
    return free_isolated(m, k, head)


@core
def _swap_out(m: State, k: Rules, head: int) -> int:
    """Unmapped, written in one piece, freed: nobody holds it."""
    slot = m.page_private[head]
    try_to_unmap_huge(m, k, head)
    clear_page_flag(m, head, PG_DIRTY)
    for i in range(HPAGE_PMD_NR):
        m.swap_tag[slot + i] = m.page_tag[head + i]
        m.swap_evictor[slot + i] = m.scratch[RECLAIM_MEMCG]
        m.swap_shadow[slot + i] = page_flag(m, head, PG_WORKINGSET)
    count(m, THP_SWPOUT, 1)
    count(m, PSWPOUT, HPAGE_PMD_NR)
    delete_huge_from_swap_cache(m, head)
    return free_isolated(m, k, head)


@core
def try_to_unmap_huge(m: State, k: Rules, head: int) -> int:
    """try_to_unmap with TTU_SPLIT_HUGE_PMD: a leaf becomes a table first; 1: no mapping is left."""
    for vma in range(1, m.used[SIZE_V]):
        first = first_address(m, head, vma)
        addr = max(first, m.vma_start[vma])
        end = min(first + HPAGE_PMD_SIZE, m.vma_end[vma]) if first else 0
        if addr < end:
            split_huge_pmd(m, k, vma, walk_to_pmd(m, vma, addr), addr)
        while addr < end:
            if try_to_unmap_one(m, k, head + (addr - first >> 12), vma, addr) == 0:
                return 0
            addr += 4096
    return 1 if total_mapcount(m, head) == 0 else 0
