# SPDX-License-Identifier: GPL-2.0-or-later
"""Page tables by level, and that nobody else knows how they are kept."""

from pathlib import Path

import pytest

import linuxmm
from linuxmm.arch.x86.pgtable import (
    PAGE_PSE,
    PROT_NONE_BITS,
    PROT_WRITE_BITS,
    leaf_pte,
    pte_pfn,
)
from linuxmm.mm.huge_memory.fault import pmd_modify
from linuxmm.mm.pgtable import (
    NO_PMD,
    PMD_SIZE,
    PMD_TABLE,
    all_mapped,
    free_pgtables,
    grow_tables,
    has_table,
    join_tables,
    leaves,
    mapped,
    new_tables,
    pmd_addr_end,
    pmd_none,
    pmd_table,
    pmd_trans_huge,
    pmd_val,
    pte_alloc,
    pte_of,
    pte_offset_map,
    set_pmd,
    split_tables,
    tables_adjoin,
    walk_to_pmd,
)
from linuxmm.promises.census import values
from linuxmm.state.block import Block
from linuxmm.state.constants import TRAP_NONE, TRAP_NOT_MODELLED, WHY_THP
from linuxmm.state.layout import SHAPES, SIZE_V, TRAP_ARG, TRAP_CODE, State

EDGE, PAGE = 0x7F0000000000, 4096
KNOW = {"mm/pgtable.py", "state/layout.py", "inspect/standin.py"}  # the last makes one entry


def machine() -> State:
    return Block({**dict.fromkeys(SHAPES, 5), "T": 16}).m


def vma(m: State, row: int, start: int, nr: int) -> None:
    m.vma_start[row], m.vma_end[row] = start, start + nr * PAGE
    assert new_tables(m, row, start, start + nr * PAGE)
    m.vma_mm[row] = 1
    m.used[SIZE_V] = max(m.used[SIZE_V], row + 1)


def slot_of(m: State, row: int, addr: int) -> int:
    return pte_offset_map(m, walk_to_pmd(m, row, addr), addr)


def test_where_a_table_ends() -> None:
    assert pmd_addr_end(EDGE - 1, EDGE + 9) == EDGE
    assert pmd_addr_end(EDGE, EDGE + 9) == EDGE + 9
    assert pmd_addr_end(EDGE, EDGE + 2 * PMD_SIZE) == EDGE + PMD_SIZE


def test_each_address_has_an_entry_of_its_own_across_tables() -> None:
    for first in (0, 1, 509, 510, 511):
        m = machine()
        vma(m, 1, EDGE + first * PAGE, 4)
        vma(m, 2, EDGE + 600 * PAGE, 2)
        at = [(1, EDGE + (first + i) * PAGE) for i in range(4)]
        at += [(2, EDGE + (600 + i) * PAGE) for i in range(2)]
        assert all(walk_to_pmd(m, *each) != NO_PMD for each in at)
        slots = [slot_of(m, *each) for each in at]
        assert len(set(slots)) == 6  # and behind each table that is whole at its end its PMD's word
        across = [i for i in range(3) if (first + i) % 512 == 511]
        assert slots[:4] == [1 + i + sum(i > edge for edge in across) for i in range(4)]
        tables = {walk_to_pmd(m, 1, addr) for row, addr in at if row == 1}
        assert len(tables) == (2 if first >= 509 else 1)


def test_what_a_table_holds() -> None:
    m = machine()
    vma(m, 1, EDGE, 4)
    pmd = walk_to_pmd(m, 1, EDGE)
    assert pmd_none(m, pmd, EDGE, EDGE + 4 * PAGE) and list(mapped(m, 1)) == []
    m.pte[slot_of(m, 1, EDGE + 2 * PAGE)] = 0x67
    assert not pmd_none(m, pmd, EDGE, EDGE + 4 * PAGE)
    assert pmd_none(m, pmd, EDGE, EDGE + 2 * PAGE)
    assert pmd_none(m, pmd, EDGE + 3 * PAGE, EDGE + 4 * PAGE)
    assert list(mapped(m, 1)) == [(EDGE + 2 * PAGE, 0x67)]


def test_entries_stay_where_they_are_when_a_vma_is_cut() -> None:
    m = machine()
    vma(m, 1, EDGE, 4)
    before = [slot_of(m, 1, EDGE + i * PAGE) for i in range(4)]
    m.vma_start[2], m.vma_end[2] = EDGE + 3 * PAGE, EDGE + 4 * PAGE
    m.vma_end[1] = EDGE + 3 * PAGE
    m.vma_mm[2], m.used[SIZE_V] = 1, 3
    split_tables(m, 2, 1)
    assert [slot_of(m, 1 if i < 3 else 2, EDGE + i * PAGE) for i in range(4)] == before
    assert tables_adjoin(m, 1, 2)
    vma(m, 3, EDGE + 4 * PAGE, 1)
    assert not tables_adjoin(m, 1, 3)


def test_tables_that_went_are_empty_and_free() -> None:
    m = machine()
    vma(m, 1, EDGE, 4)
    slot = slot_of(m, 1, EDGE)
    m.pte[slot] = 0x67
    free_pgtables(m, 1)
    m.vma_mm[1] = 0
    vma(m, 2, EDGE, 2)
    assert slot_of(m, 2, EDGE) == slot and m.pte[slot] == 0


def test_only_the_layer_knows_how_tables_are_kept() -> None:
    """Elsewhere an entry is reached through a PMD: huge leaves will be told in one place."""
    package = Path(linuxmm.__file__).parent
    used = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "vma_ptes" in path.read_text()
    }
    assert used == KNOW


# --- leaves ---
LEAF = 0x800000E7  # pfn 0x80000: PSE, present, user, writable, accessed, dirty


def huge_machine(first: int, nr: int) -> State:
    m = Block({**dict.fromkeys(SHAPES, 5), "T": 2200}).m
    vma(m, 1, EDGE + first * PAGE, nr)
    return m


def test_only_a_2_mib_that_the_vma_covers_has_a_word_of_its_own() -> None:
    m = huge_machine(100, 412 + 512 + 3)
    parts = [
        walk_to_pmd(m, 1, EDGE + i * PMD_SIZE + (400 * PAGE if i == 0 else 0)) for i in range(3)
    ]
    for pmd, addr in ((parts[0], EDGE + 400 * PAGE), (parts[2], EDGE + 2 * PMD_SIZE)):
        assert not has_table(m, 1, pmd, addr)
        pte_alloc(m, 1, pmd, addr)
        assert pmd_val(m, pmd) == 0 and not pmd_table(m, pmd) and not pmd_trans_huge(m, pmd)
        assert has_table(m, 1, pmd, addr)
    pte_alloc(m, 1, parts[1], EDGE + PMD_SIZE)
    assert pmd_val(m, parts[1]) == PMD_TABLE and pmd_table(m, parts[1])
    assert list(mapped(m, 1)) == []  # the word is no entry


def cut(m: State, low: int, high: int, addr: int) -> None:
    """As split_vma does it."""
    m.vma_start[high], m.vma_end[high] = addr, m.vma_end[low]
    m.vma_mm[high], m.vma_tables[high] = 1, m.vma_tables[low]
    m.vma_end[low] = addr
    m.used[SIZE_V] = max(m.used[SIZE_V], high + 1)
    split_tables(m, high, low)


def join(m: State, low: int, high: int) -> None:
    join_tables(m, low, high)
    m.vma_end[low], m.vma_mm[high] = m.vma_end[high], 0


@pytest.mark.parametrize("touched", [0, 1, 2, 3])
def test_2_mib_that_were_cut_have_the_table_that_a_part_came_to_have(touched: int) -> None:
    """The kernel has one PMD for all parts, and its table stays when it is empty: what was 2 MiB
    before, and is it again, has none only where no part was ever touched (free_pgtables)."""
    m = huge_machine(0, 512)
    cut(m, 1, 2, EDGE + 43 * PAGE)
    cut(m, 2, 3, EDGE + 231 * PAGE)
    if touched:
        addr = m.vma_start[touched]
        pte_alloc(m, touched, walk_to_pmd(m, touched, addr), addr)
    join(m, 2, 3)
    join(m, 1, 2)
    pmd = walk_to_pmd(m, 1, EDGE)
    assert pmd & 1 and pmd_table(m, pmd) == bool(touched)


@pytest.mark.parametrize("grown", [200, 413, 600])
def test_the_table_at_the_end_of_a_vma_is_that_of_its_last_2_mib(grown: int) -> None:
    """100 pages of the second 2 MiB: with 412 more they are the VMA's as a whole."""
    m = huge_machine(0, 612)
    addr = EDGE + PMD_SIZE
    pte_alloc(m, 1, walk_to_pmd(m, 1, addr), addr)
    end = m.vma_end[1] + grown * PAGE
    assert grow_tables(m, 1, end)
    m.vma_end[1] = end
    pmd = walk_to_pmd(m, 1, addr)
    assert pmd & 1 == (grown > 411) and has_table(m, 1, pmd, addr)
    last = m.vma_end[1] - PAGE
    assert has_table(m, 1, walk_to_pmd(m, 1, last), last) == (grown == 200)


def test_a_leaf_is_one_word_and_maps_512_pages() -> None:
    """Hand count: page 5 of a leaf at pfn 0x80000 is pfn 0x80005, and no bit says huge."""
    m = huge_machine(0, 1024)
    pmd = walk_to_pmd(m, 1, EDGE + PMD_SIZE + 5 * PAGE)
    set_pmd(m, pmd, LEAF)
    assert sum(1 for word in values(m.pte) if word) == 1
    assert pmd_trans_huge(m, pmd) and not pmd_none(m, pmd, EDGE + PMD_SIZE, EDGE + 2 * PMD_SIZE)
    assert list(leaves(m, 1)) == [(EDGE + PMD_SIZE, LEAF)] and list(mapped(m, 1)) == []
    assert pte_of(m, pmd, EDGE + PMD_SIZE + 5 * PAGE) == 0x80005067
    assert len(list(all_mapped(m, 1))) == 512
    assert m.scratch[TRAP_CODE] == TRAP_NONE


def test_who_looks_for_ptes_where_a_leaf_is_ends_as_not_modelled() -> None:
    m = huge_machine(0, 512)
    pmd = walk_to_pmd(m, 1, EDGE)
    set_pmd(m, pmd, LEAF)
    pte_offset_map(m, pmd, EDGE)
    assert (m.scratch[TRAP_CODE], m.scratch[TRAP_ARG]) == (TRAP_NOT_MODELLED, WHY_THP)


def test_a_leaf_that_is_prot_none_keeps_its_pfn_inverted() -> None:
    """Source: arch/x86/include/asm/pgtable-invert.h, as for a PTE."""
    word = pmd_modify(LEAF, PROT_NONE_BITS)
    assert word & PAGE_PSE and word & 1 == 0 and pte_pfn(word) == 0x80000
    assert pte_pfn(leaf_pte(word, EDGE + 511 * PAGE)) == 0x801FF
    assert pmd_modify(word, PROT_WRITE_BITS) == LEAF


def test_a_leaf_stays_where_it_is_when_its_vma_is_cut_and_joined() -> None:
    m = huge_machine(0, 1024)
    pmd = walk_to_pmd(m, 1, EDGE + PMD_SIZE)
    set_pmd(m, pmd, LEAF)
    m.vma_start[2], m.vma_end[2] = EDGE + PMD_SIZE, EDGE + 2 * PMD_SIZE
    split_tables(m, 2, 1)
    m.vma_end[1], m.vma_mm[2], m.used[SIZE_V] = EDGE + PMD_SIZE, 1, 3
    assert walk_to_pmd(m, 2, EDGE + PMD_SIZE) == pmd and tables_adjoin(m, 1, 2)
    assert list(leaves(m, 1)) == [] and len(list(leaves(m, 2))) == 1
