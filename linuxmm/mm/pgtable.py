# SPDX-License-Identifier: GPL-2.0-or-later
"""Page tables by level: where the entry of an address lies.

Source: include/linux/pgtable.h, mm/memory.c (walk_to_pmd, free_pgtables).

A `pmd` is the kernel's pmd_t *: the entry of 2 MiB of an address space, which names a table of
512 PTEs; NO_PMD is null.  A `slot` is the kernel's pte_t *: m.pte[slot] is the word, slot + 1 the
next in the same table.  Only this module knows how tables are kept: the slots of a VMA lie in a
row, so that every address of a VMA has its slot from the start, and a table is never missing, only
empty.  A `pmd` is the slot behind its 512 (of which a VMA has those that it covers).  Nobody else
computes with one: what it is, it is asked (`pmd_none`; one day `pmd_trans_huge`).
"""

from collections.abc import Iterator
from typing import Final

from linuxmm.core import core
from linuxmm.mm.page import trap
from linuxmm.state.constants import TRAP_NO_ROW
from linuxmm.state.layout import SIZE_T, SIZE_V, State

NO_PMD: Final = 0
TASK_SIZE: Final = (1 << 47) - 4096
PMD_SIZE: Final = 1 << 21
PMD_MASK: Final = ~(PMD_SIZE - 1)
PTRS_PER_PTE: Final = 512


# --- from an address to its entry ---
@core
def pmd_addr_end(addr: int, end: int) -> int:
    """Where the 2 MiB of this address end, or `end` when that comes first."""
    edge = (addr & PMD_MASK) + PMD_SIZE
    return edge if edge < end else end


@core
def walk_to_pmd(m: State, vma: int, addr: int) -> int:
    """The PMD entry of an address inside a VMA."""
    return m.vma_ptes[vma] + (((addr & PMD_MASK) - m.vma_start[vma]) >> 12) + PTRS_PER_PTE


@core
def pte_offset_map(pmd: int, addr: int) -> int:
    """The slot of an address in the table that a PMD entry names."""
    return pmd - PTRS_PER_PTE + (addr >> 12 & PTRS_PER_PTE - 1)


@core
def pmd_none(m: State, pmd: int, addr: int, end: int) -> int:
    """Is there no table, or nothing in its part [addr, end)?

    No walk can tell the two: an entry without a bit set is passed over as an absent table is.
    """
    first = pte_offset_map(pmd, addr)
    for slot in range(first, first + ((end - addr) >> 12)):
        if m.pte[slot]:
            return 0
    return 1


def mapped(m: State, vma: int) -> Iterator[tuple[int, int]]:
    """Address and word of each entry of a VMA that is not empty: for who looks from outside."""
    start, first, pte = m.vma_start[vma], m.vma_ptes[vma], m.pte
    for i in range((m.vma_end[vma] - start) >> 12):
        word = pte[first + i]
        if word:
            yield start + i * 4096, word


# --- tables come and go with their VMA ---
@core
def new_tables(m: State, vma: int, nr: int) -> int:
    """Room for the `nr` entries of a VMA that is about to live: 1, or 0 when there is none."""
    first = alloc_pte_slots(m, nr)
    m.vma_ptes[vma] = first
    return 1 if first else 0


@core
def alloc_pte_slots(m: State, nr: int) -> int:
    """`nr` free PTE slots in a row: the lowest gap between the slots of live VMAs."""
    first = 1
    moved = 1
    while moved:
        moved = 0
        for vma in range(1, m.used[SIZE_V]):
            if m.vma_mm[vma]:
                start = m.vma_ptes[vma]
                stop = start + ((m.vma_end[vma] - m.vma_start[vma]) >> 12)
                if first < stop and start < first + nr:
                    first = stop
                    moved = 1
    if first + nr > m.size[SIZE_T]:
        trap(m, TRAP_NO_ROW, SIZE_T * 256)
        return 0
    if first + nr > m.used[SIZE_T]:
        m.used[SIZE_T] = first + nr
    return first


@core
def split_tables(m: State, upper: int, vma: int) -> int:
    """`upper` was cut off `vma`: its entries are where they were."""
    nr = (m.vma_start[upper] - m.vma_start[vma]) >> 12
    m.vma_ptes[upper] = m.vma_ptes[vma] + nr
    return 0


@core
def tables_adjoin(m: State, low: int, high: int) -> int:
    """Do the entries of two adjacent VMAs lie together, so that one VMA can have them all?"""
    nr = (m.vma_end[low] - m.vma_start[low]) >> 12
    return 1 if m.vma_ptes[high] == m.vma_ptes[low] + nr else 0


@core
def join_tables(m: State, low: int, high: int) -> int:
    """`low` has the entries of `high` now, where they are."""
    m.vma_ptes[high] = 0
    return 0


@core
def free_pgtables(m: State, vma: int) -> int:
    """The tables of a VMA that is unmapped: its slots are zeroed and free."""
    first = m.vma_ptes[vma]
    for slot in range(first, first + ((m.vma_end[vma] - m.vma_start[vma]) >> 12)):
        m.pte[slot] = 0
    m.vma_ptes[vma] = 0
    return 0
