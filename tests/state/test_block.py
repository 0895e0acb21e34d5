# SPDX-License-Identifier: GPL-2.0-or-later
"""The block: snapshot, restore, digest, and growth that keeps every reference right."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.machine import DEFAULT_ROWS, Machine, MachineSpec, RangeSpec, grow
from linuxmm.mm.page import alloc_page_range, page_to_pfn, pfn_to_page
from linuxmm.promises.checks import check
from linuxmm.state.block import Block
from linuxmm.state.constants import NO_PAGE, OPS_FILE, OPS_SHMEM, PG_ALLOCATED, SET_ZERO_PAGE
from linuxmm.state.flags import FOLL_GET, FOLL_PIN
from linuxmm.state.layout import COLUMNS, SHAPES, SIZE_P, SIZE_R, Spec
from linuxmm.steps.memory import OP_CREATE_FILE, OP_FORK, OP_GUP, OP_MMAP, OP_SPAWN, OP_WRITE
from linuxmm.steps.migrate import OP_HMM_MIGRATE
from linuxmm.uapi import MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE

SMALL = dict.fromkeys(SHAPES, 4)
PAGE_COLUMNS = [name for name, spec in COLUMNS.items() if spec.unit == "page"]
SCRATCH = [name for name, spec in COLUMNS.items() if spec.part == "scratch"]
RW = PROT_READ | PROT_WRITE


def values(block: Block, name: str) -> list[int]:
    return list(getattr(block.m, name))


# --- columns of one block ---
def test_columns_do_not_overlap_and_are_aligned() -> None:
    block = Block(SMALL)
    end = 0
    for name, start in sorted(block.offsets.items(), key=lambda item: item[1]):
        column = getattr(block.m, name)
        assert start >= end and start % 8 == 0
        end = start + column.nbytes
    assert end <= len(block.data)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_restore_brings_everything_but_scratch_back(data: st.DataObject) -> None:
    block = Block(SMALL)
    names = st.sampled_from(sorted(COLUMNS))
    for name in data.draw(st.lists(names, max_size=8)):
        column = getattr(block.m, name)
        column[data.draw(st.integers(0, len(column) - 1))] = data.draw(st.integers(0, 100))
    before = {name: values(block, name) for name in COLUMNS}
    kept, digest = block.snapshot(), block.digest()
    assert block.digest_of(kept) == digest
    for name in data.draw(st.lists(names, max_size=8)):
        column = getattr(block.m, name)
        column[data.draw(st.integers(0, len(column) - 1))] = data.draw(st.integers(101, 120))
    block.restore(kept)
    for name in COLUMNS:
        expected = [0] * len(before[name]) if name in SCRATCH else before[name]
        assert values(block, name) == expected
    assert (block.snapshot(), block.digest()) == (kept, digest)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_only_state_is_hashed_and_scratch_not_kept(name: str) -> None:
    block = Block(SMALL)
    digest, kept = block.digest(), block.snapshot()
    column = getattr(block.m, name)
    column[len(column) - 1] = 3
    part = COLUMNS[name].part
    assert (block.digest() != digest) == (part == "state")
    assert (block.snapshot() != kept) == (part != "scratch")


def test_a_step_can_be_undone_and_begun_again() -> None:
    """State and counters go back to the last beginning, scratch is cleared by both."""
    block = Block(SMALL)
    block.m.page_flags[1], block.m.vmstat[0], block.m.out[3] = 5, 6, 7
    block.begin_step()
    assert (block.m.page_flags[1], block.m.vmstat[0], block.m.out[3]) == (5, 6, 0)
    for value in (8, 9):
        block.m.page_flags[1], block.m.vmstat[0], block.m.out[3] = value, value, value
        block.undo_step()
        assert (block.m.page_flags[1], block.m.vmstat[0], block.m.out[3]) == (5, 6, 0)


# --- growth ---
@settings(max_examples=40, deadline=None)
@given(st.sampled_from([s for s in SHAPES if s != "P"]), st.integers(1, 9), st.integers(0, 99))
def test_growth_of_a_table_keeps_every_row(letter: str, extra: int, seed: int) -> None:
    block, random = Block(SMALL), Random(seed)
    for name in COLUMNS:
        column = getattr(block.m, name)
        for i in range(len(column)):
            column[i] = random.randrange(100)
    for i in range(len(SHAPES)):
        block.m.size[i] = 4
    old = {name: values(block, name) for name in COLUMNS}
    grown = block.grown(letter, 4 + extra)
    assert grown.m.size[SHAPES.index(letter)] == 4 + extra
    for name, spec in COLUMNS.items():
        if name == "size":
            continue
        now = values(grown, name)
        expected = [0] * len(old[name]) if spec.part == "scratch" else old[name]
        assert now[: len(expected)] == expected
        assert now[len(expected) :] == [0] * (len(now) - len(expected))
        assert (len(now) > len(expected)) == (spec.shape == letter)


def test_pages_grow_by_range_only() -> None:
    with pytest.raises(ValueError, match="grown_pages"):
        Block(SMALL).grown("P", 8)


def test_every_column_that_holds_page_rows_says_so() -> None:
    """What growth renumbers goes by the unit; a column named after pages must have it."""
    rows = {name for name in COLUMNS if name.endswith("_page") and name != "page"}
    assert rows <= set(PAGE_COLUMNS)
    assert {"range_row", "migrate_src", "migrate_dst"} <= {
        name for name, spec in COLUMNS.items() if spec.unit in ("page", "word")
    }
    assert COLUMNS["migrate_src"] == Spec("q", "D", "word")


def three_ranges() -> Block:
    """Ranges of 3, 0 and 4 page rows: rows 1-3 and 4-7; every page knows its first number."""
    block = Block({**SMALL, "P": 8})
    m = block.m
    m.used[SIZE_P], m.used[SIZE_R] = 8, 4
    for r, first, rows in ((1, 1, 3), (2, 4, 0), (3, 4, 4)):
        m.range_row[r], m.range_rows[r] = first, rows
        for page in range(first, first + rows):
            m.page_range[page], m.page_tag[page] = r, page
    return block


@settings(max_examples=200, deadline=None)
@given(
    grown=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=4),
    refs=st.lists(
        st.tuples(st.sampled_from(PAGE_COLUMNS), st.integers(0, 3), st.integers(0, 7)), max_size=12
    ),
    words=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7), st.integers(0, 15)), max_size=4),
)
def test_pages_keep_who_names_them(
    grown: list[tuple[int, int]],
    refs: list[tuple[str, int, int]],
    words: list[tuple[int, int, int]],
) -> None:
    """Whatever ranges grow, in any order: a reference leads to the page that it led to."""
    block = three_ranges()
    expected: dict[tuple[str, int], int] = {}
    for name, i, page in refs:
        if name not in ("range_row", "range_hint"):  # rows of a range, not of a page
            getattr(block.m, name)[i] = page
            expected[name, i] = page
    for i, page, bits in words:
        block.m.migrate_src[i] = page << 6 | bits if bits & 1 else bits
        expected["migrate_src", i] = page << 6 | bits if bits & 1 else bits
    rows = {1: 3, 2: 0, 3: 4}
    for r, extra in grown:
        block = block.grown_pages(r, extra)
        rows[r] += extra
    m = block.m
    assert (
        len(values(block, "page_tag")) == m.size[SIZE_P] == m.used[SIZE_P] == 1 + sum(rows.values())
    )
    for r in (1, 2, 3):
        first = m.range_row[r]
        assert m.range_rows[r] == rows[r]
        assert first == 1 + sum(rows[other] for other in range(1, r))
        assert [m.page_range[page] for page in range(first, first + rows[r])] == [r] * rows[r]
    for (name, i), page in expected.items():
        now = getattr(m, name)[i]
        if name == "migrate_src":
            assert now & 63 == page & 63
            now, page = now >> 6, page >> 6
        assert m.page_tag[now] == page


# --- growth in the middle of a step ---
def tiny() -> Machine:
    """Every table as small as it gets, three page rows a range: nearly each step grows one."""
    ranges = (
        RangeSpec("node0", 1 << 17, 0, 3),
        RangeSpec("node1", 1 << 17, 1, 1),
        RangeSpec("coherent0", 1 << 16, 0, 1),
        RangeSpec("private0", 1 << 16, 0, 1),
    )
    return Machine("v6.1", MachineSpec(ranges, rows=tuple((k, 2) for k in DEFAULT_ROWS)))


def roomy() -> Machine:
    ranges = tuple(RangeSpec(r.name, r.nr_pages, r.node, 200) for r in tiny().spec.ranges)
    return Machine("v6.1", MachineSpec(ranges, rows=tuple((k, 400) for k in DEFAULT_ROWS)))


def drive(machine: Machine) -> list[int]:
    """Processes, files, forks, pins and device pages, whose rows all move when tables grow."""
    call, results = machine.call, []
    p = call(OP_SPAWN)
    a = call(OP_MMAP, p, 6, RW, MAP_PRIVATE)
    results += [call(OP_WRITE, p, a, 6, 5), call(OP_GUP, p, a, 2, FOLL_PIN, 1)]
    results += [call(OP_HMM_MIGRATE, 0, p, a + 2 * 4096, 2, 3)]
    results += [call(OP_HMM_MIGRATE, 0, p, a + 4 * 4096, 1, 4)]
    for ops in (OPS_SHMEM, OPS_FILE):
        file = call(OP_CREATE_FILE, p, ops, 5, 0)
        b = call(OP_MMAP, p, 5, RW, MAP_SHARED, file)
        results += [call(OP_WRITE, p, b, 5, 6), call(OP_GUP, p, b, 5, FOLL_GET, 2)]
    child = call(OP_FORK, p)
    results += [child, call(OP_WRITE, child, a, 6, 7), call(OP_WRITE, p, a, 6, 8, cpu=1)]
    return results


def pages_by_pfn(machine: Machine) -> dict[int, tuple[int, ...]]:
    """What every page in use is, by pfn: flags, counts, contents."""
    m = machine.block.m
    return {
        page_to_pfn(m, page): (
            m.page_flags[page],
            m.page_refcount[page],
            m.page_mapcount[page],
            m.page_tag[page],
        )
        for page in range(1, m.used[SIZE_P])
        if m.page_flags[page] & PG_ALLOCATED
    }


def test_a_step_that_grows_tables_is_the_step_that_found_room() -> None:
    small, large = tiny(), roomy()
    assert drive(small) == drive(large)
    assert pages_by_pfn(small) == pages_by_pfn(large)
    assert check(small) == check(large) == []
    assert values(small.block, "vmstat") == values(large.block, "vmstat")
    grown = [s for s in SHAPES if small.block.sizes[s] > Machine("v6.1", small.spec).block.sizes[s]]
    assert {"P", "V", "T", "A", "H", "F", "I"} <= set(grown)


def test_growth_keeps_the_zero_page_and_makes_device_pages_reserved() -> None:
    machine = tiny()
    zero = page_to_pfn(machine.block.m, machine.block.m.setting[SET_ZERO_PAGE])
    for r in (1, 3, 2):
        machine.block = grow(machine.block, SIZE_P * 256 + r, machine.k)
    m = machine.block.m
    assert page_to_pfn(m, m.setting[SET_ZERO_PAGE]) == zero
    first, rows = m.range_row[3], m.range_rows[3]
    assert rows == 9
    assert len({m.page_flags[page] for page in range(first, first + rows)}) == 1
    last = m.range_start_pfn[3] + rows - 1
    assert pfn_to_page(m, last) != NO_PAGE
    assert pfn_to_page(m, last + 1) == NO_PAGE


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 1, 3)])
def test_the_hint_of_a_range_never_passes_a_free_page(order: tuple[int, ...]) -> None:
    """Every range is full; whichever grows, its new rows are found, and no other's."""
    block = three_ranges()
    m = block.m
    for page in range(1, 8):
        m.page_flags[page] = PG_ALLOCATED
    for r, first, rows in ((1, 1, 3), (2, 4, 0), (3, 4, 4)):
        m.range_hint[r], m.range_nr_pages[r] = first + rows, 100
    for r in order:
        block = block.grown_pages(r, 2)
        page = alloc_page_range(block.m, r)
        assert block.m.page_range[page] == r
    for r in order:
        assert block.m.page_range[alloc_page_range(block.m, r)] == r
        assert alloc_page_range(block.m, r) == NO_PAGE
