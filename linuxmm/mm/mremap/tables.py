# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries move from one area to another: mm/mremap.c:move_page_tables and below.

A page knows nothing of it: its index counts in its object, and the new area has the object at the
same offset.  Nobody is asked to resolve faults of an area that has moved (UFFD_EVENT_REMAP was not
asked for): its entries lose their marks, one by one.  Not modelled: tables of 1 GiB (no scenario
has so many pages).
"""

from linuxmm.arch.x86.pgtable import (
    PAGE_SOFT_DIRTY,
    PAGE_UFFD_WP,
    SWP_SOFT_DIRTY,
    SWP_UFFD_WP,
    pte_none,
    pte_present,
)
from linuxmm.core import core
from linuxmm.mm.huge_memory.split_pmd import split_huge_pmd
from linuxmm.mm.memory.nonpresent import pte_marker_uffd_wp
from linuxmm.mm.page import not_modelled
from linuxmm.mm.pgtable import (
    PMD_MASK,
    PMD_SIZE,
    PTRS_PER_PTE,
    deposited_pte,
    pmd_addr_end,
    pmd_none,
    pmd_table,
    pmd_trans_huge,
    pmd_val,
    pte_alloc,
    pte_offset_map,
    set_pmd,
    walk_to_pmd,
)
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_MREMAP_TABLES
from linuxmm.state.constants import VM_HUGETLB, VM_UFFD_FLAGS, WHY_MREMAP
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SIZE

ALIGNED_ALIKE = 1  # words of `mremap_tables`
REWRITTEN = 2


@core
def move_soft_dirty_pte(pte: int) -> int:
    """An entry that moves is soft-dirty from then on, so that who follows changes looks again."""
    return pte | (PAGE_SOFT_DIRTY if pte_present(pte) else SWP_SOFT_DIRTY)


@core
def clear_uffd_wp_pte(pte: int) -> int:
    """An entry, or a leaf, that userfaultfd does not protect."""
    return pte & ~(PAGE_UFFD_WP if pte_present(pte) else SWP_UFFD_WP)


@core
def move_ptes(
    m: State,
    k: Rules,
    vma: int,
    old_pmd: int,
    old_addr: int,
    old_end: int,
    new_vma: int,
    new_pmd: int,
    new_addr: int,
) -> int:
    """The entries of [old_addr, old_end) in one table, to the same number from new_addr on."""
    old = pte_offset_map(m, old_pmd, old_addr)
    new = pte_offset_map(m, new_pmd, new_addr)
    forgets = m.vma_flags[vma] & VM_UFFD_FLAGS
    while old_addr < old_end:
        pte = m.pte[old]
        if pte_none(pte) == 0:
            m.pte[old] = 0
            moved = move_soft_dirty_pte(pte)
            if forgets:
                moved = 0 if pte_marker_uffd_wp(k, pte) else clear_uffd_wp_pte(moved)
            m.pte[new] = moved
        old_addr += PAGE_SIZE
        old += 1
        new += 1
    return 0


@core
def move_normal_pmd(m: State, vma: int, old_pmd: int, new_pmd: int) -> int:
    """A table goes as a whole, its entries as they are (not marked); 1, or 0: one is there, or
    the marks of userfaultfd have to go."""
    if pmd_val(m, new_pmd) or m.vma_flags[vma] & VM_UFFD_FLAGS:
        return 0
    old = deposited_pte(old_pmd, 0)
    new = deposited_pte(new_pmd, 0)
    for i in range(PTRS_PER_PTE):
        m.pte[new + i] = m.pte[old + i]
        m.pte[old + i] = 0
    set_pmd(m, new_pmd, pmd_val(m, old_pmd))
    set_pmd(m, old_pmd, 0)
    return 1


@core
def move_huge_pmd(m: State, vma: int, old_pmd: int, new_pmd: int) -> int:
    """A leaf goes as it is, soft-dirty, with the table that is deposited for it: 1, or 0.

    Source: mm/huge_memory.c:move_huge_pmd.
    """
    if pmd_val(m, new_pmd):
        return 0
    word = pmd_val(m, old_pmd) | PAGE_SOFT_DIRTY
    set_pmd(m, new_pmd, clear_uffd_wp_pte(word) if m.vma_flags[vma] & VM_UFFD_FLAGS else word)
    set_pmd(m, old_pmd, 0)
    return 1


@core
def get_extent(old_addr: int, old_end: int, new_addr: int) -> int:
    """How many bytes lie in one table on either side."""
    here = pmd_addr_end(old_addr, old_end) - old_addr
    return min(here, (new_addr & PMD_MASK) + PMD_SIZE - new_addr)


@core
def tables_move_otherwise(m: State, k: Rules, old_addr: int, new_addr: int, length: int) -> int:
    """Does this kernel take more tables as a whole than this text does?

    try_realign_addr: from where the first table begins, if both addresses lie alike in theirs.
    """
    told = behaviour(m, k, B_MREMAP_TABLES)
    if told == REWRITTEN:
        return 1
    inside = old_addr & (PMD_SIZE - 1)
    alike = inside and inside == new_addr & (PMD_SIZE - 1) and length >= PMD_SIZE - inside
    return 1 if told == ALIGNED_ALIKE and alike else 0


@core
def move_page_tables(
    m: State, k: Rules, vma: int, old_addr: int, new_vma: int, new_addr: int, length: int
) -> int:
    """All entries of `length` bytes: how many bytes were done (all: tables do not run out)."""
    if m.vma_flags[vma] & VM_HUGETLB:
        return move_hugetlb_page_tables(m, vma, old_addr, new_vma, new_addr, length)
    if tables_move_otherwise(m, k, old_addr, new_addr, length):
        return not_modelled(m, WHY_MREMAP)
    old_end = old_addr + length
    while old_addr < old_end:
        extent = get_extent(old_addr, old_end, new_addr)
        old_pmd = walk_to_pmd(m, vma, old_addr)
        new_pmd = walk_to_pmd(m, new_vma, new_addr)
        if pmd_table(m, old_pmd) or pmd_none(m, old_pmd, old_addr, old_addr + extent) == 0:
            _move_pmd(m, k, vma, old_pmd, old_addr, new_vma, new_pmd, new_addr, extent)
        old_addr += extent
        new_addr += extent
    return length


@core
def move_hugetlb_page_tables(
    m: State, vma: int, old_addr: int, new_vma: int, new_addr: int, length: int
) -> int:
    """Those of hugetlb, as they are: soft-dirty means nothing there.  Source: mm/hugetlb.c."""
    for done in range(0, length, PMD_SIZE):
        old_pmd = walk_to_pmd(m, vma, old_addr + done)
        word = pmd_val(m, old_pmd)
        if word:
            set_pmd(m, old_pmd, 0)
            set_pmd(m, walk_to_pmd(m, new_vma, new_addr + done), word)
    return length


@core
def _move_pmd(
    m: State,
    k: Rules,
    vma: int,
    old_pmd: int,
    old_addr: int,
    new_vma: int,
    new_pmd: int,
    new_addr: int,
    extent: int,
) -> int:
    """What one PMD entry names: a leaf or a table that goes whole, else entry by entry."""
    if pmd_trans_huge(m, old_pmd):
        if extent == PMD_SIZE and move_huge_pmd(m, vma, old_pmd, new_pmd):
            return 0
        split_huge_pmd(m, k, vma, old_pmd, old_addr)
        if pmd_val(m, old_pmd) == 0:  # of a file: its entries come by faults
            return 0
    elif extent == PMD_SIZE and move_normal_pmd(m, vma, old_pmd, new_pmd):
        return 0
    pte_alloc(m, new_vma, new_pmd, new_addr)
    return move_ptes(m, k, vma, old_pmd, old_addr, old_addr + extent, new_vma, new_pmd, new_addr)
