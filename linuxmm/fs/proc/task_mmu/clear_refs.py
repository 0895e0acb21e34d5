# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing /proc/PID/clear_refs: forget accesses (1-3), soft-dirty bits (4), the peak (5).

Source: fs/proc/task_mmu.c (clear_refs_write, clear_refs_pte_range, clear_soft_dirty,
clear_soft_dirty_pmd, pte_is_pinned).
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    SWP_SOFT_DIRTY,
    is_swap_pte,
    pte_pfn,
    pte_present,
    pte_write,
)
from linuxmm.core import core
from linuxmm.fs.proc.task_mmu.walk import (
    first_vma,
    vma_after,
)
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.memory.rss import get_mm_rss
from linuxmm.mm.page import clear_page_flag, not_modelled, pfn_to_page
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import TASK_SIZE, pmd_trans_huge, pmd_val, pte_offset_map, set_pmd
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.vma import set_vma_flags
from linuxmm.state.behaviours import B_HUGETLB_WRITENOTIFY
from linuxmm.state.constants import (
    EINVAL,
    ESRCH,
    MMF_HAS_PINNED,
    NO_VMA,
    PG_REFERENCED,
    PG_YOUNG,
    VM_HUGETLB,
    VM_PFNMAP,
    VM_SHARED,
    VM_SOFTDIRTY,
    WHY_HUGETLB,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_CLEAR_REFS_PTE_RANGE, SITE_PTE_IS_PINNED
from linuxmm.state.vocabulary import GIVES_STOP, GIVES_ZERO
from linuxmm.uapi import PAGE_SIZE

CLEAR_REFS_ALL: Final = 1
CLEAR_REFS_ANON: Final = 2
CLEAR_REFS_MAPPED: Final = 3
CLEAR_REFS_SOFT_DIRTY: Final = 4
CLEAR_REFS_MM_HIWATER_RSS: Final = 5


@core
def pte_is_pinned(m: State, k: Rules, vma: int, addr: int, pte: int) -> int:
    """Is this a writable private entry of a page that somebody pinned: then it is left alone.

    Only asked of an mm that ever pinned a page.
    """
    if pte_write(pte) == 0 or is_cow_mapping(m.vma_flags[vma]) == 0:
        return 0
    if m.mm_flags[m.vma_mm[vma]] & MMF_HAS_PINNED == 0:
        return 0
    page = site_page(m, k, SITE_PTE_IS_PINNED, vma, addr, pte)
    return 0 if refused_page(m, k, SITE_PTE_IS_PINNED, page, vma, 0, 0) == GIVES_ZERO else 1


@core
def clear_soft_dirty(m: State, k: Rules, vma: int, addr: int, slot: int) -> int:
    """Clear an entry's soft-dirty bit and write-protect it, so that the next write faults."""
    pte = m.pte[slot]
    if pte_present(pte):
        if pte_is_pinned(m, k, vma, addr, pte) == 0:
            m.pte[slot] = pte & ~(PAGE_RW | PAGE_SOFT_DIRTY)
    elif is_swap_pte(pte):
        m.pte[slot] = pte & ~SWP_SOFT_DIRTY
    return 0


@core
def _clear_accessed(m: State, k: Rules, vma: int, addr: int, slot: int) -> int:
    """Clear what says that the page was used: in the entry and in the page."""
    pte = m.pte[slot]
    if pte_present(pte) == 0:
        return 0
    page = site_page(m, k, SITE_CLEAR_REFS_PTE_RANGE, vma, addr, pte)
    refused = refused_page(m, k, SITE_CLEAR_REFS_PTE_RANGE, page, vma, 0, 0)
    if refused:
        return refused
    m.pte[slot] = pte & ~PAGE_ACCESSED
    return clear_page_flag(m, page, PG_YOUNG | PG_REFERENCED)


@core
def _clear_leaf(m: State, pmd: int, soft_dirty: bool) -> int:
    """clear_soft_dirty_pmd (a pinned page is no exception), or what says that it was used."""
    word = pmd_val(m, pmd)
    if soft_dirty:
        return set_pmd(m, pmd, word & ~(PAGE_RW | PAGE_SOFT_DIRTY))
    set_pmd(m, pmd, word & ~PAGE_ACCESSED)
    return clear_page_flag(m, pfn_to_page(m, pte_pfn(word)), PG_YOUNG | PG_REFERENCED)


@core
def clear_refs_pte_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """A leaf (as a whole, however much of it is walked), or the entries of one table."""
    vma = m.stack[walk + WALK_VMA]
    soft_dirty = m.stack[walk + WALK_PRIVATE] == CLEAR_REFS_SOFT_DIRTY
    if pmd_trans_huge(m, pmd):
        return _clear_leaf(m, pmd, soft_dirty)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        if soft_dirty:
            clear_soft_dirty(m, k, vma, addr, slot)
        elif _clear_accessed(m, k, vma, addr, slot) == GIVES_STOP:
            return 0
        slot += 1
        addr += PAGE_SIZE
    return 0


@core
def clear_refs_test_walk(m: State, k: Rules, start: int, end: int, walk: int) -> int:
    """Is the VMA passed over (1)?  A value of 2 reaches those without a file, 3 those with one."""
    vma = m.stack[walk + WALK_VMA]
    kind = m.stack[walk + WALK_PRIVATE]
    if m.vma_flags[vma] & VM_PFNMAP:
        return 1
    if kind == CLEAR_REFS_ANON and m.vma_file[vma]:
        return 1
    return 1 if kind == CLEAR_REFS_MAPPED and m.vma_file[vma] == 0 else 0


clear_refs_walk: Final = page_walk(
    "clear_refs_walk", clear_refs_pte_range, test_walk=clear_refs_test_walk
)


@core
def sys_clear_refs(m: State, k: Rules, mm: int, kind: int) -> int:
    """Write 1..5 to the file of an mm; 0, or -errno."""
    if kind < CLEAR_REFS_ALL or kind > CLEAR_REFS_MM_HIWATER_RSS:
        return -EINVAL
    if m.mm_users[mm] == 0:
        return -ESRCH
    if kind == CLEAR_REFS_MM_HIWATER_RSS:
        m.mm_hiwater_rss[mm] = get_mm_rss(m, mm)
        return 0
    if kind == CLEAR_REFS_SOFT_DIRTY:
        _clear_vm_softdirty(m, k, mm)
    clear_refs_walk(m, k, mm, 0, TASK_SIZE, kind)  # whatever it gives, all was written
    return 0


@core
def _clear_vm_softdirty(m: State, k: Rules, mm: int) -> int:
    """Every VMA itself is clean: its entries to come are not soft-dirty for its sake.

    Not modelled: shared mappings of hugetlb where the next write to one is waited for, and copied.
    """
    vma = first_vma(m, mm)
    while vma != NO_VMA:
        flags = m.vma_flags[vma]
        if flags & VM_SOFTDIRTY:
            watched = flags & (VM_HUGETLB | VM_SHARED) == VM_HUGETLB | VM_SHARED
            if watched and behaviour(m, k, B_HUGETLB_WRITENOTIFY):
                not_modelled(m, WHY_HUGETLB)
            set_vma_flags(m, vma, flags & ~VM_SOFTDIRTY)
        vma = vma_after(m, mm, vma)
    return 0
