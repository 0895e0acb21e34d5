# SPDX-License-Identifier: GPL-2.0-or-later
"""The walk over VMAs and tables, told what it called.  Source: mm/pagewalk.c of Debian's 6.1.

The machine: VMA 1 has three pages around the 2 MiB boundary EDGE, VMA 2 four pages behind a hole of
two.  A walk here notes each call; what it expects is counted by hand.
"""

from collections.abc import Iterator

import pytest

from linuxmm.core import CORE_FUNCTIONS
from linuxmm.kernels import load
from linuxmm.kernels.compile import compile_rules
from linuxmm.mm.pagewalk import (
    WALK_MM,
    WALK_PRIVATE,
    WALK_VMA,
    WalkPageRange,
    WalkPageVma,
    mm_find_pmd,
    mm_find_pte,
    page_walk,
    page_walk_vma,
)
from linuxmm.mm.pgtable import NO_PMD, PMD_SIZE, pte_offset_map, walk_to_pmd
from linuxmm.mm.stack import push
from linuxmm.state.block import Block
from linuxmm.state.constants import VM_PFNMAP
from linuxmm.state.layout import SHAPES, SIZE_V, STACK_TOP, State
from linuxmm.state.rules import Rules

PAGE = 4096
EDGE = 0x7F0000000000 + PMD_SIZE
A, B = EDGE - PAGE, EDGE + 4 * PAGE  # where the VMAs start
A_END, B_END = EDGE + 2 * PAGE, EDGE + 8 * PAGE
MM, WORD = 3, 0x1067
Call = tuple[str, int, int, int]  # what, from, to, the VMA


@pytest.fixture
def m() -> State:
    block = Block({**dict.fromkeys(SHAPES, 4), "T": 16})
    m = block.m
    for vma, start, end, slot in ((1, A, A_END, 1), (2, B, B_END, 5)):
        m.vma_start[vma], m.vma_end[vma], m.vma_ptes[vma], m.vma_mm[vma] = start, end, slot, MM
    for slot in (1, *range(3, 9)):  # 2: the word of the PMD that ends at EDGE
        m.pte[slot] = WORD
    m.used[SIZE_V] = 3
    return m


@pytest.fixture
def k() -> Rules:
    return compile_rules(load("v6.1"))


@pytest.fixture(autouse=True)
def not_of_the_core() -> Iterator[None]:
    """The walks made here are none of the core's."""
    before = len(CORE_FUNCTIONS)
    yield
    del CORE_FUNCTIONS[before:]


class Notes:
    """A walk that notes its calls; `answers` are what they return, 0 where none is given."""

    def __init__(self, **answers: int) -> None:
        self.calls: list[Call] = []
        self.slots: list[int] = []
        self.answers = answers

    def note(self, m: State, what: str, addr: int, end: int, walk: int) -> int:
        self.calls.append((what, addr, end, m.stack[walk + WALK_VMA]))
        return self.answers.get(what, 0)

    def pmd_entry(self, m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
        self.slots += [pte_offset_map(m, pmd, at) for at in range(addr, end, PAGE)]
        return self.note(m, "table", addr, end, walk)

    def pte_hole(self, m: State, k: Rules, addr: int, end: int, walk: int) -> int:
        return self.note(m, "hole", addr, end, walk)

    def test_walk(self, m: State, k: Rules, addr: int, end: int, walk: int) -> int:
        return self.note(m, "test", addr, end, walk)

    def over(self, tests: bool = False) -> WalkPageRange:
        test = self.test_walk if tests else None
        return page_walk("notes", self.pmd_entry, self.pte_hole, test)

    def over_vma(self) -> WalkPageVma:
        return page_walk_vma("notes", self.pmd_entry, self.pte_hole)


def test_each_table_is_one_call_and_holes_are_told_with_their_vma(m: State, k: Rules) -> None:
    notes = Notes()
    assert notes.over()(m, k, MM, A - PAGE, B_END + PAGE, 0) == 0
    assert notes.calls == [
        ("hole", A - PAGE, A, 0),
        ("table", A, EDGE, 1),
        ("table", EDGE, A_END, 1),
        ("hole", A_END, B, 0),
        ("table", B, B_END, 2),
        ("hole", B_END, B_END + PAGE, 0),
    ]
    assert notes.slots == [1, 3, 4, 5, 6, 7, 8]


def test_a_walk_ends_where_it_was_told_to_within_a_vma(m: State, k: Rules) -> None:
    notes = Notes()
    assert notes.over()(m, k, MM, EDGE, EDGE + PAGE, 0) == 0
    assert notes.calls == [("table", EDGE, EDGE + PAGE, 1)] and notes.slots == [3]


def test_nothing_is_walked_of_an_empty_range(m: State, k: Rules) -> None:
    notes = Notes()
    assert notes.over()(m, k, MM, A, A, 0) == 0
    assert notes.calls == []


def test_an_empty_table_is_a_hole_and_one_entry_makes_it_a_table(m: State, k: Rules) -> None:
    for slot in range(5, 9):
        m.pte[slot] = 0
    notes = Notes()
    notes.over()(m, k, MM, B, B_END, 0)
    assert notes.calls == [("hole", B, B_END, 2)]
    m.pte[8] = WORD
    notes.over()(m, k, MM, B, B_END, 0)
    assert notes.calls[1:] == [("table", B, B_END, 2)]


def test_only_the_part_that_is_walked_is_looked_at(m: State, k: Rules) -> None:
    m.pte[5] = m.pte[6] = 0
    notes = Notes()
    notes.over()(m, k, MM, B, B + 2 * PAGE, 0)
    assert notes.calls == [("hole", B, B + 2 * PAGE, 2)]


@pytest.mark.parametrize("answer", [1, -22])
@pytest.mark.parametrize(("what", "nr"), [("table", 2), ("hole", 1)])
def test_what_a_call_returns_ends_the_walk(
    m: State, k: Rules, what: str, nr: int, answer: int
) -> None:
    notes = Notes(**{what: answer})
    assert notes.over()(m, k, MM, A - PAGE, B_END, 0) == answer
    assert len(notes.calls) == nr and notes.calls[-1][0] == what


def test_a_vma_that_the_test_refuses_is_passed_over(m: State, k: Rules) -> None:
    notes = Notes(test=1)
    assert notes.over(tests=True)(m, k, MM, A, B_END, 0) == 0
    assert notes.calls == [("test", A, A_END, 1), ("hole", A_END, B, 0), ("test", B, B_END, 2)]


def test_an_error_of_the_test_ends_the_walk(m: State, k: Rules) -> None:
    notes = Notes(test=-14)
    assert notes.over(tests=True)(m, k, MM, A, B_END, 0) == -14
    assert notes.calls == [("test", A, A_END, 1)]


def test_a_pfn_mapping_is_one_hole_unless_the_walk_has_a_test(m: State, k: Rules) -> None:
    m.vma_flags[1] = VM_PFNMAP
    notes = Notes()
    assert notes.over()(m, k, MM, A, B, 0) == 0
    assert notes.calls == [("hole", A, A_END, 1), ("hole", A_END, B, 0)]
    tested = Notes()
    tested.over(tests=True)(m, k, MM, A, EDGE, 0)
    assert tested.calls == [("test", A, EDGE, 1), ("table", A, EDGE, 1)]


def test_one_vma_alone(m: State, k: Rules) -> None:
    notes = Notes()
    assert notes.over_vma()(m, k, 1, 0) == 0
    assert notes.calls == [("table", A, EDGE, 1), ("table", EDGE, A_END, 1)]
    assert Notes(table=7).over_vma()(m, k, 1, 0) == 7
    m.vma_flags[1] = VM_PFNMAP
    assert Notes().over_vma()(m, k, 1, 0) == 0
    assert Notes(hole=-5).over_vma()(m, k, 1, 0) == -5


def test_a_walk_in_a_walk_has_words_of_its_own(m: State, k: Rules) -> None:
    inner = Notes()
    walk_inner = inner.over()
    seen = []

    def pmd_entry(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
        walk_inner(m, k, MM, B, B_END, 99)
        private = m.stack[walk + WALK_PRIVATE]
        m.stack[private] = m.stack[private] + 1
        seen.append((m.stack[walk + WALK_MM], m.stack[walk + WALK_VMA]))
        return 0

    private = push(m, 1)
    assert page_walk("outer", pmd_entry)(m, k, MM, A, A_END, private) == 0
    assert seen == [(MM, 1), (MM, 1)] and len(inner.calls) == 2
    assert m.stack[private] == 2 and m.scratch[STACK_TOP] == private


def test_by_the_tables_alone(m: State) -> None:
    assert mm_find_pmd(m, MM, EDGE) == walk_to_pmd(m, 1, EDGE)
    assert mm_find_pmd(m, MM, B_END) == NO_PMD and mm_find_pmd(m, MM + 1, B) == NO_PMD
    assert mm_find_pte(m, MM, EDGE) == WORD and mm_find_pte(m, MM, B_END) == 0
