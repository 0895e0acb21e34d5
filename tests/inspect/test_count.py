# SPDX-License-Identifier: GPL-2.0-or-later
"""Counting words: two ways that must agree on any entries, over a source made by hand."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.inspect.count import GAP, Count, count_plain, equal_runs, expected, runs
from linuxmm.inspect.words import KPF_ANON, KPF_HEAD, KPF_LRU, KPF_TAIL, KPF_THP, PM_PFN
from linuxmm.uapi import PAGE_SIZE
from tests.inspect.fake import FakeMachine, FakeProcess, area, machine

numpy_way = pytest.importorskip(
    "linuxmm.inspect.count_numpy", reason="NumPy is not installed"
).count_numpy
START = 1 << 30
PRESENT, EXCLUSIVE, SWAP = 1 << 63, 1 << 56, 1 << 62
FRAMES = st.one_of(
    st.integers(0, 40),
    st.integers(0x60040, 0x60040 + 12 * 80).map(lambda pfn: pfn // 80 * 80),  # with small gaps
    st.integers(0x5FFE0, 0x60020),  # from one node into the next
    st.integers(0x100000, 0x100020),  # device memory
    st.integers(0x200000, PM_PFN),  # in no known range
)
STRETCHES = st.lists(
    st.tuples(
        st.sampled_from(("run", "same", "back", "swap", "hole", "huge")),
        FRAMES,
        st.integers(1, 70),
        st.booleans(),
    ),
    max_size=12,
)


def made(stretches: list[tuple[str, int, int, bool]]) -> dict[int, int]:
    """Entries by address: runs of frames up and down, one frame many times, swap, holes."""
    entries: list[int] = []
    for what, frame, nr, alone in stretches:
        mark = PRESENT | (EXCLUSIVE if alone else 0)
        if what == "run":
            entries += [mark | frame + i & PM_PFN for i in range(nr)]
        elif what == "same":
            entries += [mark | frame] * nr
        elif what == "back":
            entries += [mark | max(frame - i, 0) for i in range(nr)]
        elif what == "swap":
            entries += [SWAP | i << 5 | frame & 31 for i in range(nr)]
        elif what == "hole":
            entries += [0] * nr
        else:
            entries += [0] * (-len(entries) % 512)
            entries += [mark | 0x8000 + i for i in range(512)]
    return {START + i * PAGE_SIZE: entry for i, entry in enumerate(entries) if entry}


def flags_of(seed: int) -> dict[int, int]:
    """Flags that differ from frame to frame; one compound page of 512 at 0x8000."""
    found = {pfn: KPF_ANON | (KPF_LRU if pfn * seed % 3 else 0) for pfn in range(0x5FF00, 0x60100)}
    found |= {pfn: 1 << pfn % 7 for pfn in range(64)}
    found |= {0x8000 + i: KPF_THP | KPF_TAIL for i in range(512)}
    return found | {0x8000: KPF_THP | KPF_HEAD | KPF_LRU}


def both(m: FakeMachine, p: FakeProcess) -> tuple[list[Count], list[Count]]:
    return count_plain(m, p, p.areas), numpy_way(m, p, p.areas)


@settings(max_examples=150, deadline=None)
@given(STRETCHES, st.integers(1, 9), st.booleans(), st.sampled_from([0, 3, 512]))
def test_both_ways_count_the_same(
    stretches: list[tuple[str, int, int, bool]], seed: int, has_flags: bool, before: int
) -> None:
    whole = area(pages=12 * 1100 + before)
    areas = [replace(whole, start=whole.start + before * PAGE_SIZE)]
    process = FakeProcess(1, "made", areas, entries=made(stretches))
    plain, quick = both(machine(flags=flags_of(seed), has_flags=has_flags), process)
    assert quick == plain
    assert sum(plain[0].values()) == areas[0].nr_pages


def test_counts_by_hand() -> None:
    entries = made([("run", 0x60000, 70, True), ("hole", 0, 30, True), ("swap", 2, 5, True)])
    process = FakeProcess(1, "made", [area(pages=200)], entries=entries)
    for (count,) in both(machine(flags={0x60000: KPF_LRU}), process):
        node1 = 2 << 57 | 1 << 56 | 1 << 49
        assert count == {node1 | KPF_LRU: 1, node1: 69, 1 << 55 | 2: 5, 0: 125}


def test_frames_that_are_read_over_are_not_counted() -> None:
    stretches = [
        ("run", 0x60050, 64, True),
        ("run", 0x60000, 70, True),
        ("run", 0x600A0, 66, False),
    ]
    process = FakeProcess(1, "made", [area(pages=200)], entries=made(stretches))
    flags = dict.fromkeys(range(0x60000, 0x60200), KPF_LRU)
    for (count,) in both(machine(flags=flags), process):
        both_nodes = 2 << 57 | 1 << 56 | KPF_LRU
        assert count == {both_nodes | 1 << 49: 134, both_nodes: 66}


def test_a_part_that_is_gone_is_said_once() -> None:
    for way in (count_plain, numpy_way):
        process = FakeProcess(1, "made", [area(pages=1 << 17)], ends=START + 100 * PAGE_SIZE)
        (count,) = way(machine(), process, process.areas)
        assert count == {0: 100}
        (said,) = process.missed
        assert said.startswith(f"{START + 100 * PAGE_SIZE:x}-{process.areas[0].end:x}: ")


class Sparse(FakeProcess):
    def populated(self, start: int, end: int) -> list[tuple[int, int]]:
        return [(START + (1 << 24), START + (1 << 24) + (1 << 21))]


def test_holes_of_sparse_areas_are_not_read() -> None:
    entries = {START + (1 << 24): PRESENT | 0x60000, START: PRESENT | 0x60000}
    for way in (count_plain, numpy_way):
        process = Sparse(1, "made", [area(pages=1 << 18)], entries=entries)
        (count,) = way(machine(), process, process.areas)
        assert sorted(count.values()) == [1, (1 << 18) - 1]  # the source said so of the first page
    found = list(equal_runs(machine(), process, process.areas[0]))
    assert [pages for _, pages, _ in found] == [4096, 1, (1 << 18) - 4097]


def test_what_smaps_says_chooses_the_way() -> None:
    """Hugetlb pages are in no Rss: a hundred gigabytes of them must not be counted one by one."""
    whole = area(pages=1 << 20)
    process = FakeProcess(1, "made", [whole])
    assert expected(process, [replace(whole, fields={"Rss": 400})]) == 1 << 17
    assert expected(process, [replace(whole, fields={"Private_Hugetlb": 1 << 22})]) == 1 << 20
    sparse = Sparse(1, "made", [whole])
    assert expected(sparse, [replace(whole, fields={"Rss": 400})]) == 100


def test_frames_are_read_in_runs() -> None:
    assert list(runs([1, 2, 4, 4 + GAP])) == [(1, 5 + GAP)]
    assert list(runs([1, 2, 100])) == [(1, 3), (100, 101)]
    assert list(runs([])) == []
