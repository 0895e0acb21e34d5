# SPDX-License-Identifier: GPL-2.0-or-later
"""Page tables by level, and that nobody else knows how they are kept."""

from pathlib import Path

import linuxmm
from linuxmm.mm.pgtable import (
    NO_PMD,
    PMD_SIZE,
    free_pgtables,
    mapped,
    new_tables,
    pmd_addr_end,
    pmd_none,
    pte_offset_map,
    split_tables,
    tables_adjoin,
    walk_to_pmd,
)
from linuxmm.state.block import Block
from linuxmm.state.layout import SHAPES, SIZE_V, State

EDGE, PAGE = 0x7F0000000000, 4096
KNOW = {"mm/pgtable.py", "state/layout.py", "inspect/standin.py"}  # the last makes one entry


def machine() -> State:
    return Block({**dict.fromkeys(SHAPES, 5), "T": 16}).m


def vma(m: State, row: int, start: int, nr: int) -> None:
    m.vma_start[row], m.vma_end[row] = start, start + nr * PAGE
    assert new_tables(m, row, nr)
    m.vma_mm[row] = 1
    m.used[SIZE_V] = max(m.used[SIZE_V], row + 1)


def slot_of(m: State, row: int, addr: int) -> int:
    return pte_offset_map(walk_to_pmd(m, row, addr), addr)


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
        assert sorted({slot_of(m, *each) for each in at}) == [1, 2, 3, 4, 5, 6]
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
