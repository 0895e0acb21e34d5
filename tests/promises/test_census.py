# SPDX-License-Identifier: GPL-2.0-or-later
"""The census of small states, counted by hand."""

import pytest

from linuxmm.promises.census import Census, values
from linuxmm.promises.kinds import entry_kind, page_kind
from linuxmm.state.constants import MM_ANONPAGES, MM_FILEPAGES, MM_SHMEMPAGES, MM_SWAPENTS
from linuxmm.state.layout import SIZE_R
from tests.promises.walks import BASE, V61, Walk, walk


def census(made: Walk) -> Census:
    return Census(made.machine.block.m, made.machine.k)


def test_an_anonymous_page_after_fork() -> None:
    """Two entries, two references of them, one of the lru_add batch; the child's is counted."""
    found = census(walk("P0: a = mmap 1p; P0: write a 0x11; P0: P1 = fork"))
    assert len(found.present) == 2
    page = found.present[0][3]
    assert found.mapped[page] == 2
    assert found.references[page] == 3
    assert found.batched == {page: 1}
    assert found.rss[4 + MM_ANONPAGES] == found.rss[8 + MM_ANONPAGES] == 1


def test_who_holds_a_page_of_a_file() -> None:
    """One entry, the page cache, the batch, buffer heads after the write, a get and a pin."""
    made = walk(
        "P0: f = file 1p; P0: a = mmap f rw shared; P0: write a 1; P0: g = get a; P0: h = pin a"
    )
    found = census(made)
    page = found.present[0][3]
    batches = found.batched.get(page, 0)
    assert found.references[page] == 1 + 1 + batches + 1 + 1 + 1024
    assert found.rss[4 + MM_FILEPAGES] == 1


@pytest.mark.parametrize(
    ("steps", "present", "special", "swapped"),
    [
        ("P0: a = mmap 2p; P0: read a", 0, 2, 0),
        ("P0: a = mmap 2p rw shared anon; P0: write a 1", 2, 0, 0),
        ("P0: a = mmap 2p rw shared dax0; P0: write a 1", 0, 2, 0),
        ("P0: a = mmap 2p rw shared pfnmap", 0, 2, 0),
        ("P0: a = mmap 2p rw shared mixedmap pages", 2, 0, 0),
        ("P0: a = mmap 2p; P0: write a 1; private0: migrate P0.a", 2, 0, 0),
        ("P0: a = mmap 2p; P0: write a 1; P0: madvise a MADV_PAGEOUT", 0, 0, 2),
        ("P0: a = mmap 2p; P0: write a 1; P0: mprotect a none", 2, 0, 0),
    ],
)
def test_entries_by_what_they_count(steps: str, present: int, special: int, swapped: int) -> None:
    found = census(walk(steps, machine=("private0 256M", "dax0 64M", "swap 16M zram")))
    assert (len(found.present), len(found.special), len(found.swapped)) == (
        present,
        special,
        swapped,
    )
    assert found.rss[4 + MM_SWAPENTS] == swapped
    assert sum(found.rss[4 + i] for i in (MM_ANONPAGES, MM_FILEPAGES, MM_SHMEMPAGES)) == present


def test_entries_of_a_migration_in_phases() -> None:
    made = walk("P0: a = mmap 2p; P0: write a 1;private0: setup P0.a MIGRATE_VMA_SELECT_SYSTEM")
    found = census(made)
    assert (len(found.present), len(found.moving), len(found.in_migration)) == (0, 2, 2)
    assert found.rss[4 + MM_ANONPAGES] == 2
    assert made.broken == []


@pytest.mark.parametrize(("kernel", "free", "used"), [(V61, 0, 0), (BASE, 0, 0)])
def test_references_of_the_owner(kernel, free: int, used: int) -> None:  # type: ignore[no-untyped-def]
    made = walk("P0: a = mmap 1p", kernel)
    m = made.machine.block.m
    found = census(made)
    names = {m.range_type[r]: found.base_references(r) for r in range(1, m.used[SIZE_R])}
    assert names[0] == (0, 0)
    assert names[3] == (1, 1)
    for kind in (1, 2):
        first = next(r for r in range(1, m.used[SIZE_R]) if m.range_type[r] == kind)
        assert m.page_refcount[m.range_row[first]] == names[kind][0]


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ("P0: a = mmap 1p; P0: write a 1", "anon"),
        ("P0: a = mmap 1p; P0: read a", "zero"),
        ("P0: a = mmap 1p; P0: write a 1; coherent0: migrate P0.a", "coherent"),
        ("P0: a = mmap 1p; P0: write a 1; private0: migrate P0.a", "private"),
        ("P0: a = mmap 1p rw shared anon; P0: write a 1", "shmem"),
        ("P0: f = file 1p; P0: a = mmap f rw shared; P0: read a", "file"),
        ("P0: f = file 1p; P0: a = mmap f rw private; P0: write a 1", "anon"),
        ("P0: a = mmap 1p rw shared dax0; P0: read a", "fsdax"),
        ("P0: a = mmap 1p rw shared pfnmap", "pfnmap"),
        ("P0: a = mmap 1p rw shared mixedmap pages", "mixedmap"),
        ("P0: a = mmap 1p rw shared mixedmap pfns; P0: read a", "mixedmap"),
        (
            "P0: a = mmap 2p; P0: write a 1; P0: madvise a MADV_MERGEABLE; ksmd: full_scan 3",
            "ksm",
        ),
    ],
)
def test_kinds_of_entries(steps: str, kind: str) -> None:
    made = walk(steps)
    m, found = made.machine.block.m, census(made)
    entries = found.present + found.special
    assert {entry_kind(m, made.machine.k, vma, pte) for vma, _, pte, _ in entries} == {kind}
    for vma, _, _, page in found.present:
        if kind != "mixedmap" or m.vma_ops[vma]:
            assert page_kind(m, page) == kind


def test_values_is_the_whole_column() -> None:
    made = walk("P0: a = mmap 1p; P0: write a 0x11")
    assert values(made.machine.block.m.page_tag).count(0x11) == 1
