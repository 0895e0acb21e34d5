# SPDX-License-Identifier: GPL-2.0-or-later
"""Files: read-ahead, read(2), write(2), fsync(2).  Expected values: counted from mm/filemap.c,
mm/readahead.c and mm/shmem.c (the same in 5.17-rc5 and 6.1.192)."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_DIRTY, PAGE_RW, PAGE_SOFT_DIRTY
from linuxmm.errors import NotModelled
from linuxmm.scenario.parse import parse
from linuxmm.state.constants import OPS_FILE, OPS_SHMEM, PG_DIRTY, PG_REFERENCED
from linuxmm.state.layout import NR_FILE_PAGES, PGMAJFAULT
from linuxmm.steps.memory import (
    OP_FAIL_ALLOC,
    OP_FSYNC,
    OP_MMAP,
    OP_PREAD,
    OP_PWRITE,
)
from linuxmm.uapi import MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MAP_SHARED, PROT_READ
from linuxmm.validate.model import play
from tests.mm.box import Box


def with_file(ops: int, npages: int) -> tuple[Box, int]:
    box = Box()
    return box, box.create_file(ops, npages)


def cached(box: Box, file: int) -> list[int]:
    first, nr = box.m.file_first[file], box.m.file_nr_pages[file]
    return [i for i in range(nr) if box.m.cache_page[first + i]]


@pytest.mark.parametrize(
    ("advice", "missed", "expected"),
    [
        (0, 0, range(32)),
        (0, 5, range(32)),  # max(0, 5 - 16): the window is not cut, it is moved
        (0, 40, range(24, 56)),
        (MADV_RANDOM, 40, [40]),
        (MADV_SEQUENTIAL, 40, range(40, 70)),
    ],
)
def test_a_miss_reads_around(advice: int, missed: int, expected: range) -> None:
    box, file = with_file(OPS_FILE, 70)
    a = box.call(OP_MMAP, box.task, 70, PROT_READ, MAP_SHARED, file)
    if advice:
        box.madvise(a, 70, advice)
    box.read(a + missed * 4096)
    assert cached(box, file) == list(expected)
    assert box.m.vmstat[PGMAJFAULT] == 1


def test_read_ahead_without_memory_is_no_error() -> None:
    """The window ends at the failure; filemap_fault then asks for its own page."""
    box, file = with_file(OPS_FILE, 8)
    a = box.call(OP_MMAP, box.task, 8, PROT_READ, MAP_SHARED, file)
    box.call(OP_FAIL_ALLOC, box.task, 1)
    assert box.read(a + 3 * 4096) == [0]
    assert cached(box, file) == [3]


@pytest.mark.parametrize(
    ("first", "nr", "expected"),
    [(0, 1, range(4)), (0, 3, range(8)), (0, 16, range(32)), (9, 2, [9, 10])],
)
def test_read_ahead_of_a_read(first: int, nr: int, expected: range) -> None:
    """get_init_ra_size: four times one page, twice up to eight, else 32; elsewhere just those."""
    box, file = with_file(OPS_FILE, 40)
    assert box.call(OP_PREAD, box.task, file, first, nr) == nr
    assert cached(box, file) == list(expected)
    assert box.m.vmstat[PGMAJFAULT] == 0  # a read is no fault


def test_willneed_reads_just_the_range() -> None:
    box, file = with_file(OPS_FILE, 40)
    a = box.call(OP_MMAP, box.task, 40, PROT_READ, MAP_SHARED, file)
    box.madvise(a + 2 * 4096, 3, MADV_WILLNEED)
    assert cached(box, file) == [2, 3, 4]
    assert box.m.vmstat[PGMAJFAULT] == 0


def test_reading_a_hole_of_shmem_leaves_it() -> None:
    """SGP_READ: the zero page is copied."""
    box, file = with_file(OPS_SHMEM, 2)
    box.call(OP_PWRITE, box.task, file, 1, 1, 7)
    assert box.call(OP_PREAD, box.task, file, 0, 2) == 2
    assert box.out(2) == [0, 7]
    assert cached(box, file) == [1]
    assert box.m.vmstat[NR_FILE_PAGES] == 1


def test_the_end_of_the_file() -> None:
    box, file = with_file(OPS_FILE, 2)
    assert box.call(OP_PREAD, box.task, file, 1, 3) == 1
    with pytest.raises(NotModelled, match="grows"):
        box.call(OP_PWRITE, box.task, file, 1, 3, 7)


@pytest.mark.parametrize(("ops", "referenced"), [(OPS_FILE, 0), (OPS_SHMEM, PG_REFERENCED)])
def test_only_shmem_counts_a_write_as_a_use(ops: int, referenced: int) -> None:
    """grab_cache_page_write_begin asks without FGP_ACCESSED; shmem_get_page marks for SGP_WRITE."""
    box, file = with_file(ops, 1)
    box.call(OP_PWRITE, box.task, file, 0, 1, 7)
    page = box.m.cache_page[box.m.file_first[file]]
    assert box.m.page_flags[page] & (PG_REFERENCED | PG_DIRTY) == referenced | PG_DIRTY


def test_fsync_makes_shared_entries_clean_and_read_only() -> None:
    """page_mkclean: soft-dirty stays; the next write faults and makes the page dirty again."""
    box, file = with_file(OPS_FILE, 1)
    a = box.call(OP_MMAP, box.task, 1, 3, MAP_SHARED, file)
    box.write(a, 5)
    box.call(OP_FSYNC, box.task, file, 0, 1)
    assert box.pte(a) & (PAGE_RW | PAGE_DIRTY | PAGE_SOFT_DIRTY) == PAGE_SOFT_DIRTY
    assert box.m.page_flags[box.page(a)] & PG_DIRTY == 0
    assert box.m.cache_tag[box.m.file_first[file]] == 5
    box.write(a, 6)
    assert box.m.page_flags[box.page(a)] & PG_DIRTY


def test_fsync_of_a_dax_file_cleans_its_shared_entries() -> None:
    """What 6.1.192 left of a written entry (seed 1743 of the VM): accessed and soft-dirty."""
    text = (
        "linuxmm-scenario 1\nname: t\nintent: T.\n\nmachine:\n  node0 64M\n  dax0 64M\n\nsteps:\n"
        "  P0: f = file 2p dax0\n  P0: a = mmap f rw shared\n  P0: write a 0x5\n  P0: fsync f\n"
    )
    written, synced = (played.hidden or () for played in play(parse(text.encode(), "t")).played[2:])
    bits = PAGE_RW | PAGE_DIRTY | PAGE_ACCESSED | PAGE_SOFT_DIRTY
    assert [page.pte & bits for page in written] == [bits, bits]
    assert [page.pte & bits for page in synced] == [PAGE_ACCESSED | PAGE_SOFT_DIRTY] * 2
