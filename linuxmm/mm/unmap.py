# SPDX-License-Identifier: GPL-2.0-or-later
"""Aging and unmapping of one page through its mappings.

Source: mm/rmap.c (folio_referenced_one, which was page_referenced_one; try_to_unmap_one).
Not modelled: the order of the walk (here by VMA row, in the kernel by place in the interval
tree), which only matters for a page that several VMAs map when one of them stops the walk.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    pte_present,
    swp_pte,
)
from linuxmm.core import core
from linuxmm.mm.compound import compound_head, total_mapcount
from linuxmm.mm.memory.marker import pte_install_uffd_wp_if_needed
from linuxmm.mm.memory.nonpresent import pte_swp_mkexclusive, swp_bits_of_present
from linuxmm.mm.memory.rss import add_mm_counter, update_hiwater_rss
from linuxmm.mm.mlock.page import mlock_page_drain, mlock_vma_page
from linuxmm.mm.mlock.pagevec import mlock_vma_page_now
from linuxmm.mm.page import (
    clear_page_flag,
    event,
    not_modelled,
    page_anon,
    page_flag,
    page_maybe_dma_pinned,
    page_to_pfn,
    put_page,
    set_page_flag,
)
from linuxmm.mm.page_vma_mapped import mapped_at, rmap_walk_address
from linuxmm.mm.rmap import mm_counter, page_remove_rmap, share_anon_page
from linuxmm.mm.sites import behaviour
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import set_page_dirty
from linuxmm.mm.swapfile import swap_duplicate, swap_slot_of
from linuxmm.state.behaviours import B_LAZYFREE_UNMAP_COUNTS_REFS, B_MLOCK_SCHEME
from linuxmm.state.constants import (
    EVENT_WARN,
    MM_ANONPAGES,
    MM_SWAPENTS,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_IDLE,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_YOUNG,
    VM_EXEC,
    VM_LOCKED,
    VM_SEQ_READ,
    WHY_DEVICE,
)
from linuxmm.state.layout import CURRENT_CPU, SIZE_V, State
from linuxmm.state.rules import Rules

# page_referenced(): how many mappings were used, and what their VMAs are
REFERENCED_MASK: Final = 0xFFFF
REFERENCED_LOCKED: Final = 1 << 16
REFERENCED_EXEC: Final = 1 << 17


# struct folio_referenced_arg: m.stack[pra + ...]
PRA_MAPCOUNT: Final = 0  # mappings that were not met yet
PRA_REFERENCED: Final = 1
PRA_VM_FLAGS: Final = 2
NR_PRA: Final = 3


@core
def page_referenced(m: State, k: Rules, page: int) -> int:
    """Count and clear the accessed bits of a page's mappings: REFERENCED_* bits.

    A VM_LOCKED mapping ends the walk.
    """
    if m.page_mapcount[page] == 0 or m.page_mapping[page] == 0:
        return 0
    pra = push(m, NR_PRA)
    m.stack[pra + PRA_MAPCOUNT] = m.page_mapcount[page]
    m.stack[pra + PRA_REFERENCED] = 0
    m.stack[pra + PRA_VM_FLAGS] = 0
    _walk_references(m, k, page, pra)
    result, vm_flags = m.stack[pra + PRA_REFERENCED], m.stack[pra + PRA_VM_FLAGS]
    pop(m, pra)
    if vm_flags & VM_LOCKED:
        result |= REFERENCED_LOCKED
    return result | REFERENCED_EXEC if vm_flags & VM_EXEC else result


@core
def _walk_references(m: State, k: Rules, page: int, pra: int) -> int:
    for vma in range(1, m.used[SIZE_V]):
        addr = rmap_walk_address(m, page, vma, -1)
        while addr >= 0:
            if folio_referenced_one(m, k, page, vma, addr, pra) == 0:
                return 0
            addr = rmap_walk_address(m, page, vma, addr)
    return 0


@core
def folio_referenced_one(m: State, k: Rules, page: int, vma: int, addr: int, pra: int) -> int:
    """One address of the reverse map: 1, or 0 when the walk has to end."""
    slot = mapped_at(m, k, page, vma, addr)
    referenced = 0
    if slot:
        if m.vma_flags[vma] & VM_LOCKED:
            mlock_vma_page(m, k, page, vma)  # the mlock that was missed (batch scheme)
            m.stack[pra + PRA_VM_FLAGS] = m.stack[pra + PRA_VM_FLAGS] | VM_LOCKED
            return 0
        if m.pte[slot] & PAGE_ACCESSED:
            m.pte[slot] = m.pte[slot] & ~PAGE_ACCESSED
            referenced = 0 if m.vma_flags[vma] & VM_SEQ_READ else 1
        m.stack[pra + PRA_MAPCOUNT] = m.stack[pra + PRA_MAPCOUNT] - 1
    if referenced:
        clear_page_flag(m, page, PG_IDLE)
    if page_flag(m, page, PG_YOUNG):
        clear_page_flag(m, page, PG_YOUNG)
        referenced = 1
    if referenced:
        m.stack[pra + PRA_REFERENCED] = m.stack[pra + PRA_REFERENCED] + 1
        kept = m.vma_flags[vma] & ~VM_LOCKED
        m.stack[pra + PRA_VM_FLAGS] = m.stack[pra + PRA_VM_FLAGS] | kept
    return 1 if m.stack[pra + PRA_MAPCOUNT] else 0


@core
def try_to_unmap(m: State, k: Rules, page: int) -> int:
    """Replace every entry of the page by a swap entry or nothing: 1 when no mapping is left."""
    for vma in range(1, m.used[SIZE_V]):
        addr = rmap_walk_address(m, page, vma, -1)
        while addr >= 0:
            if try_to_unmap_one(m, k, page, vma, addr) == 0:
                return 0
            addr = rmap_walk_address(m, page, vma, addr)
    return 1 if m.page_mapcount[page] == 0 else 0


@core
def try_to_unmap_one(m: State, k: Rules, page: int, vma: int, addr: int) -> int:
    """One address of the reverse map: 1 to go on, 0 when a mapping stays and the walk ends.

    Not modelled: a device's exclusive entry of a page that others map; the frame of a word that
    is not present is looked up there as if it were (repaired in 6.15).
    """
    slot = mapped_at(m, k, page, vma, addr)
    if slot == 0:
        return 1
    if m.vma_flags[vma] & VM_LOCKED:
        if behaviour(m, k, B_MLOCK_SCHEME):
            mlock_vma_page(m, k, page, vma)
        else:
            mlock_vma_page_now(m, k, page)
        return 0
    pte = m.pte[slot]
    if pte_present(pte) == 0:
        return not_modelled(m, WHY_DEVICE)
    if page_anon(m, page) == 0:
        unmap_file_entry(m, k, page, vma, slot)
        return 1
    m.pte[slot] = 0
    update_hiwater_rss(m, m.vma_mm[vma])
    if pte & PAGE_DIRTY:
        set_page_dirty(m, page)
    if _unmap_anon(m, k, page, vma, slot, pte) == 0:
        return 0
    page_remove_rmap(m, k, page, vma)
    put_page(m, k, page)
    return 1


@core
def _unmap_anon(m: State, k: Rules, page: int, vma: int, slot: int, pte: int) -> int:
    """The entry of an anonymous page: a swap entry, or nothing for a lazily freed page."""
    swapbacked = page_flag(m, page, PG_SWAPBACKED)
    if swapbacked != page_flag(m, page, PG_SWAPCACHE):
        event(m, EVENT_WARN, 0, page_to_pfn(m, page), 0)
        return 0
    if swapbacked == 0:
        if _may_discard(m, k, page):
            add_mm_counter(m, m.vma_mm[vma], MM_ANONPAGES, -1)
            return 1
        m.pte[slot] = pte
        set_page_flag(m, page, PG_SWAPBACKED)
        return 0
    exclusive = page_flag(m, page, PG_ANON_EXCLUSIVE)
    if exclusive and page_maybe_dma_pinned(m, page):  # page_try_share_anon_rmap
        m.pte[slot] = pte
        return 0
    swap = swap_slot_of(m, page)
    swap_duplicate(m, swap)
    share_anon_page(m, page)
    add_mm_counter(m, m.vma_mm[vma], MM_ANONPAGES, -1)
    add_mm_counter(m, m.vma_mm[vma], MM_SWAPENTS, 1)
    entry = swp_pte(0, swap) | swp_bits_of_present(pte)
    m.pte[slot] = pte_swp_mkexclusive(k, entry) if exclusive else entry
    return 1


@core
def _may_discard(m: State, k: Rules, page: int) -> int:
    """May the contents of a lazily freed page go: not written since, nobody else holds it."""
    if page_flag(m, page, PG_DIRTY):
        return 0
    if behaviour(m, k, B_LAZYFREE_UNMAP_COUNTS_REFS) == 0:
        return 1
    return 1 if m.page_refcount[compound_head(m, page)] == 1 + total_mapcount(m, page) else 0


# --- files ---
@core
def unmap_file_entry(m: State, k: Rules, page: int, vma: int, slot: int) -> int:
    """try_to_unmap_one of a page of a file that may be unmapped, were the VMA locked."""
    pte = m.pte[slot]
    m.pte[slot] = 0
    if pte & PAGE_DIRTY:
        set_page_dirty(m, page)
    pte_install_uffd_wp_if_needed(m, k, vma, slot, pte)
    update_hiwater_rss(m, m.vma_mm[vma])
    add_mm_counter(m, m.vma_mm[vma], mm_counter(m, page), -1)
    page_remove_rmap(m, k, page, vma)
    if m.vma_flags[vma] & VM_LOCKED:
        mlock_page_drain(m, k, m.scratch[CURRENT_CPU])
    return put_page(m, k, page)


@core
def unmap_file_page(m: State, k: Rules, page: int) -> int:
    """try_to_unmap of a page of a file, of locked VMAs too (TTU_IGNORE_MLOCK)."""
    for vma in range(1, m.used[SIZE_V]):
        addr = rmap_walk_address(m, page, vma, -1)
        slot = mapped_at(m, k, page, vma, addr) if addr >= 0 else 0
        if slot:
            unmap_file_entry(m, k, page, vma, slot)
    return 0
