# SPDX-License-Identifier: GPL-2.0-or-later
"""Page tables by level: where the entry of an address lies.

Source: include/linux/pgtable.h, mm/memory.c (walk_to_pmd, free_pgtables).

A `pmd` is the kernel's pmd_t *: the entry of 2 MiB of an address space, which names a table of
512 PTEs or is a leaf, that maps 2 MiB by one word; NO_PMD is null.  A `slot` is the kernel's
pte_t *: m.pte[slot] is the word, slot + 1 the next in the same table.

Only this module knows how tables are kept.  The slots of a VMA lie in a row, so that every address
has its slot from the start; behind each 512 of one table stands one more word, the PMD's own: 0
none, PMD_TABLE a table, else a leaf.  A VMA that covers the 2 MiB as a whole has all 513.  Of the
others that word may lie in the next VMA or in none, it is never looked at: nothing but a whole 2
MiB can be a leaf.  Whether these have a table, the VMA says (TABLE_LOW, TABLE_HIGH), for it may
come to have them as a whole.  The table that the kernel deposits with an anonymous leaf is the
leaf's own 512 slots, which are empty meanwhile.
"""

from collections.abc import Iterator
from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_PSE,
    leaf_pte,
)
from linuxmm.core import core
from linuxmm.mm.page import not_modelled, trap
from linuxmm.state.constants import GATE_SLOT, SET_GATE_PAGE, TRAP_NO_ROW, WHY_THP
from linuxmm.state.layout import SIZE_T, SIZE_V, State

NO_PMD: Final = 0
TASK_SIZE: Final = (1 << 47) - 4096
PMD_SHIFT: Final = 21
PMD_SIZE: Final = 1 << PMD_SHIFT
PMD_MASK: Final = ~(PMD_SIZE - 1)
PTRS_PER_PTE: Final = 512
PMD_TABLE: Final = 0x67  # _PAGE_TABLE; where a table stands is not said: behind it
TABLE_LOW: Final = 1  # vma_tables: the 2 MiB in which the VMA starts have a table, were it empty
TABLE_HIGH: Final = 2  # those in which it ends; the same where it lies in 2 MiB: both bits then


# --- from an address to its entry ---
@core
def pmd_addr_end(addr: int, end: int) -> int:
    """Where the 2 MiB of this address end, or `end` when that comes first."""
    edge = (addr & PMD_MASK) + PMD_SIZE
    return edge if edge < end else end


@core
def slots_between(start: int, addr: int) -> int:
    """How far the slot of `addr` is behind that of `start`: its pages and the PMD words between."""
    return ((addr - start) >> 12) + (addr >> PMD_SHIFT) - (start >> PMD_SHIFT)


@core
def walk_to_pmd(m: State, vma: int, addr: int) -> int:
    """The PMD entry of an address inside a VMA: where its word stands, and (bit 0) whether it may
    be looked at: whether the VMA covers the whole 2 MiB."""
    start = m.vma_start[vma]
    first = addr & PMD_MASK
    place = m.vma_ptes[vma] + slots_between(start, addr) - (addr - first >> 12) + PTRS_PER_PTE
    return place << 1 | (1 if start <= first and first + PMD_SIZE <= m.vma_end[vma] else 0)


@core
def pte_offset_map(m: State, pmd: int, addr: int) -> int:
    """The slot of an address in the table that a PMD entry names.

    A leaf has none: whoever comes here with one does not know huge pages.
    """
    if pmd_trans_huge(m, pmd):
        not_modelled(m, WHY_THP)
    return deposited_pte(pmd, addr)


@core
def deposited_pte(pmd: int, addr: int) -> int:
    """The slot that an address has once the PMD entry names a table (again)."""
    return (pmd >> 1) - PTRS_PER_PTE + (addr >> 12 & PTRS_PER_PTE - 1)


@core
def end_of_tables(m: State, vma: int) -> int:
    """The slot behind the last one of a VMA's tables."""
    return m.vma_ptes[vma] + slots_between(m.vma_start[vma], m.vma_end[vma])


# --- what a PMD entry is ---
@core
def pmd_val(m: State, pmd: int) -> int:
    """The word of a PMD entry; 0 where only a part of its 2 MiB belongs to the VMA."""
    return m.pte[pmd >> 1] if pmd & 1 else 0


@core
def set_pmd(m: State, pmd: int, word: int) -> int:
    """Write the word of a PMD entry whose 2 MiB belong to the VMA as a whole."""
    m.pte[pmd >> 1] = word
    return 0


@core
def pmd_trans_huge(m: State, pmd: int) -> int:
    """Is the entry a leaf (PROT_NONE ones too)?"""
    return 1 if pmd & 1 and m.pte[pmd >> 1] & PAGE_PSE else 0


@core
def pmd_none(m: State, pmd: int, addr: int, end: int) -> int:
    """Is there no leaf, and no table, or nothing in its part [addr, end)?

    No walk can tell the last two: an entry without a bit set is passed over as an absent table is.
    Who has to know asks `pmd_table`.
    """
    if pmd_trans_huge(m, pmd):
        return 0
    first = deposited_pte(pmd, addr)
    for slot in range(first, first + ((end - addr) >> 12)):
        if m.pte[slot]:
            return 0
    return 1


@core
def pmd_table(m: State, pmd: int) -> int:
    """Has the 2 MiB a table, were it empty?  A huge page cannot be faulted in then."""
    return 1 if pmd_val(m, pmd) == PMD_TABLE else 0


@core
def pte_alloc(m: State, vma: int, pmd: int, addr: int) -> int:
    """The entry names a table from here on, if it was empty."""
    if pmd & 1 == 0:
        m.vma_tables[vma] = m.vma_tables[vma] | _edges(m, vma, addr)
    elif m.pte[pmd >> 1] == 0:
        m.pte[pmd >> 1] = PMD_TABLE
    return 0


@core
def has_table(m: State, vma: int, pmd: int, addr: int) -> int:
    """`pmd_table`, also of 2 MiB of which only a part belongs to the VMA."""
    if pmd & 1:
        return pmd_table(m, pmd)
    return 1 if m.vma_tables[vma] & _edges(m, vma, addr) else 0


@core
def _edges(m: State, vma: int, addr: int) -> int:
    """At which ends of the VMA the 2 MiB of an address lie: TABLE_* bits."""
    low = TABLE_LOW if addr & PMD_MASK == m.vma_start[vma] & PMD_MASK else 0
    return low | (TABLE_HIGH if addr & PMD_MASK == m.vma_end[vma] - 1 & PMD_MASK else 0)


@core
def pte_of(m: State, pmd: int, addr: int) -> int:
    """The entry of an address as the CPU sees it: the PTE, or what a leaf says of this address."""
    if pmd_trans_huge(m, pmd):
        return leaf_pte(m.pte[pmd >> 1], addr)
    return m.pte[deposited_pte(pmd, addr)]


@core
def entry_place(m: State, pmd: int, addr: int) -> int:
    """Where the word stands through which the CPU reaches an address: a leaf's, or a PTE's."""
    return pmd >> 1 if pmd_trans_huge(m, pmd) else deposited_pte(pmd, addr)


def mapped(m: State, vma: int) -> Iterator[tuple[int, int]]:
    """Address and word of each PTE of a VMA that is not empty: for who looks from outside."""
    column: memoryview[int] = m.pte  # type: ignore[assignment]
    addr, end, slot = m.vma_start[vma], m.vma_end[vma], m.vma_ptes[vma]
    while addr < end:
        stop = pmd_addr_end(addr, end)
        nr = (stop - addr) >> 12
        words: list[int] = column[slot : slot + nr].tolist()
        if any(words):
            yield from ((addr + (i << 12), word) for i, word in enumerate(words) if word)
        slot += nr + 1  # the PMD's word
        addr = stop


def leaves(m: State, vma: int) -> Iterator[tuple[int, int]]:
    """Address and word of each PMD leaf of a VMA: for who looks from outside."""
    addr = m.vma_start[vma] + PMD_SIZE - 1 & PMD_MASK
    while addr + PMD_SIZE <= m.vma_end[vma]:
        word = pmd_val(m, walk_to_pmd(m, vma, addr))
        if word & PAGE_PSE:
            yield addr, word
        addr += PMD_SIZE


def all_mapped(m: State, vma: int) -> Iterator[tuple[int, int]]:
    """`mapped`, and each page of a leaf as if an entry of its own mapped it."""
    yield from mapped(m, vma)
    for addr, word in leaves(m, vma):
        for at in range(addr, addr + PMD_SIZE, 4096):
            yield at, leaf_pte(word, at)


# --- tables come and go with their VMA ---
@core
def new_tables(m: State, vma: int, start: int, end: int) -> int:
    """Room for the entries of a VMA that is about to live: 1, or 0 when there is none."""
    first = alloc_pte_slots(m, slots_between(start, end))
    m.vma_ptes[vma] = first
    return 1 if first else 0


@core
def alloc_pte_slots(m: State, nr: int) -> int:
    """`nr` free PTE slots in a row: the lowest gap between the slots of live VMAs."""
    first = GATE_SLOT + 1 if m.setting[SET_GATE_PAGE] else 1
    moved = 1
    while moved:
        moved = 0
        for vma in range(1, m.used[SIZE_V]):
            if m.vma_mm[vma]:
                start = m.vma_ptes[vma]
                stop = start + slots_between(m.vma_start[vma], m.vma_end[vma])
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
def grow_tables(m: State, vma: int, end: int) -> int:
    """A VMA is about to end there, beyond where it does: 1, or 0 without room for its entries.

    2 MiB that it has as a whole from then on have the table that their part had.
    """
    start = m.vma_start[vma]
    old = m.vma_ptes[vma]
    nr = slots_between(start, m.vma_end[vma])
    new = alloc_pte_slots(m, slots_between(start, end))
    if new == 0:
        return 0
    for i in range(nr):
        m.pte[new + i] = m.pte[old + i]
        m.pte[old + i] = 0
    m.vma_ptes[vma] = new
    tail = m.vma_end[vma] & PMD_MASK
    table = m.vma_tables[vma] & TABLE_HIGH if tail < m.vma_end[vma] else 0
    if table and start <= tail and tail + PMD_SIZE <= end:
        m.pte[new + slots_between(start, tail) + PTRS_PER_PTE] = PMD_TABLE
    stays = table and tail == end - 1 & PMD_MASK
    return _set_tables(m, vma, start, end, m.vma_tables[vma] & TABLE_LOW, stays)


@core
def _set_tables(m: State, vma: int, start: int, end: int, low: int, high: int) -> int:
    """Whether the 2 MiB at the ends of a VMA have tables: 1."""
    if start & PMD_MASK == end - 1 & PMD_MASK:  # they are the same
        low, high = low | high, low | high
    m.vma_tables[vma] = (TABLE_LOW if low else 0) | (TABLE_HIGH if high else 0)
    return 1


@core
def split_tables(m: State, upper: int, vma: int) -> int:
    """`upper` was cut off `vma`: its entries are where they were."""
    start, cut, end = m.vma_start[vma], m.vma_start[upper], m.vma_end[upper]
    m.vma_ptes[upper] = m.vma_ptes[vma] + slots_between(start, cut)
    low, high = m.vma_tables[vma] & TABLE_LOW, m.vma_tables[vma] & TABLE_HIGH
    table = 0  # of the 2 MiB that were cut: where they were whole before, their word has it
    if cut & ~PMD_MASK and cut & PMD_MASK == start & PMD_MASK:
        table = low
    elif cut & ~PMD_MASK and cut & PMD_MASK == end - 1 & PMD_MASK:
        table = high
    _set_tables(m, vma, start, cut, low, table)
    return _set_tables(m, upper, cut, end, table, high)


@core
def tables_adjoin(m: State, low: int, high: int) -> int:
    """Do the entries of two adjacent VMAs lie together, so that one VMA can have them all?"""
    nr = slots_between(m.vma_start[low], m.vma_end[low])
    return 1 if m.vma_ptes[high] == m.vma_ptes[low] + nr else 0


@core
def join_tables(m: State, low: int, high: int) -> int:
    """`low` has the entries of `high` now, where they are; 2 MiB that are whole again have a table
    if one of their parts came to have one."""
    start, cut, end = m.vma_start[low], m.vma_start[high], m.vma_end[high]
    first = cut & PMD_MASK
    table = 0
    if cut != first and (m.vma_tables[low] & TABLE_HIGH or m.vma_tables[high] & TABLE_LOW):
        table = 1
    if table and start <= first and first + PMD_SIZE <= end:
        m.pte[m.vma_ptes[low] + slots_between(start, first) + PTRS_PER_PTE] = PMD_TABLE
    m.vma_ptes[high] = 0
    at_low = m.vma_tables[low] & TABLE_LOW or (table and first == start & PMD_MASK)
    at_high = m.vma_tables[high] & TABLE_HIGH or (table and first == end - 1 & PMD_MASK)
    return _set_tables(m, low, start, end, 1 if at_low else 0, 1 if at_high else 0)


@core
def free_pgtables(m: State, vma: int) -> int:
    """The tables of a VMA that is unmapped: its slots are zeroed and free."""
    first = m.vma_ptes[vma]
    for slot in range(first, first + slots_between(m.vma_start[vma], m.vma_end[vma])):
        m.pte[slot] = 0
    m.vma_ptes[vma] = 0
    return 0
