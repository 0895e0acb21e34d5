# SPDX-License-Identifier: GPL-2.0-or-later
"""Huge pages of the pool: what scenarios cannot see (scenarios/hugetlb has the rest)."""

import pytest

from linuxmm.errors import NotModelled
from linuxmm.kernels import Kernel, load
from linuxmm.mm.compound import HUGETLB_TEMPORARY, compound_head
from linuxmm.promises.census import values
from linuxmm.state.constants import (
    PG_ALLOCATED,
    PG_DIRTY,
    PG_HUGETLB,
    SET_HUGETLB_FREE,
    SET_HUGETLB_PAGES,
    SET_HUGETLB_RESV,
)
from linuxmm.state.layout import PGMIGRATE_FAIL, State
from tests.promises.walks import BASE, V61, Walk, walk

V612 = load("v6.12")
POOL = "sysctl vm.nr_hugepages = {}"
WRITTEN = "P0: a = mmap 512p hugetlb; P0: write a[0] 0x11"


def made(steps: str, pages: int, *more: str) -> Walk:
    """The steps with a pool of so many pages, half of them on each node."""
    done = walk(steps, machine=(*more, POOL.format(pages)))
    assert done.broken == []
    return done


def result(walked: Walk) -> int:
    """What the last call returned."""
    observer = walked.machine.observer
    assert observer is not None
    return observer.result  # type: ignore[no-any-return, attr-defined]


def heads(m: State) -> list[int]:
    """The pages that belong to the pool."""
    return [page for page, flags in enumerate(values(m.page_flags)) if flags & PG_HUGETLB]


def pool(m: State) -> tuple[int, int, int]:
    return m.setting[SET_HUGETLB_PAGES], m.setting[SET_HUGETLB_FREE], m.setting[SET_HUGETLB_RESV]


# --- moving ---
def test_what_moved_beyond_the_pool_leaves_nothing_behind() -> None:
    """mm/hugetlb.c:move_hugetlb_state: the old page is the temporary one then, and is freed."""
    before = made(WRITTEN, 1).machine.block.m
    (old,) = heads(before)
    m = made(f"{WRITTEN}; P0: move_pages a[0] node1", 1).machine.block.m
    (new,) = heads(m)
    assert new != old and pool(m) == (1, 0, 0)
    assert m.page_private[new + HUGETLB_TEMPORARY] == 0
    assert not any(m.page_flags[page] & PG_ALLOCATED for page in range(old, old + 512))


def test_a_page_of_the_pool_is_taken_before_one_of_the_node() -> None:
    """The old one goes back to its node's list, and stays dirty there (hugetlbfs keeps flags)."""
    m = made(f"{WRITTEN}; P0: move_pages a[0] node1", 2).machine.block.m
    assert pool(m) == (2, 1, 0) and len(heads(m)) == 2
    free = next(page for page in heads(m) if m.page_refcount[page] == 0)
    assert m.range_free_huge[1] == m.range_start_pfn[1] + free - m.range_row[1]
    assert m.page_flags[free] & PG_DIRTY


def test_what_is_promised_to_others_is_not_moved_to() -> None:
    """alloc_huge_page_nodemask asks for pages that nobody was promised."""
    promised = f"{WRITTEN}; P0: b = mmap 512p hugetlb; P0: move_pages a[0] node1"
    m = made(promised, 2).machine.block.m
    assert pool(m) == (2, 1, 1) and len(heads(m)) == 2
    assert m.range_free_huge[2] != 0  # node1 still has its own, as it had


def test_without_memory_nothing_moves() -> None:
    """-ENOMEM ends migrate_hugetlbs, and is what the call gives; the page is put back."""
    done = made(f"{WRITTEN}; fail alloc 1; P0: move_pages a[0] node1", 1)
    m = done.machine.block.m
    assert result(done) == -12 and pool(m) == (1, 0, 0)
    assert m.vmstat[PGMIGRATE_FAIL] == 512
    with pytest.raises(NotModelled):  # small pages on the same list: in which order?
        made(
            "P0: x = mmap 1p; P0: write x 1;"
            f"{WRITTEN}; fail alloc 1; P0: migrate_pages P0 from node0 to node1",
            1,
        )


@pytest.mark.parametrize(("kernel", "count"), [(V61, 512), (BASE, 0)])
def test_a_page_that_stays_busy_is_counted_since_6_1(kernel: object, count: int) -> None:
    """mm/migrate.c: nr_failed_pages has what was still to be tried after ten passes."""
    steps = f"{WRITTEN}; P0: g = get a[9]; P0: move_pages a[0] node1"
    m = walk(steps, kernel, machine=(POOL.format(2),)).machine.block.m  # type: ignore[arg-type]
    assert m.vmstat[PGMIGRATE_FAIL] == count and pool(m) == (2, 1, 0)


# --- looking ---
@pytest.mark.parametrize("flags", ["", " FOLL_GET", " FOLL_WRITE FOLL_GET"])
def test_follow_page_finds_parts(flags: str) -> None:
    """mm/hugetlb.c:follow_huge_pmd_pte asks neither for access nor for writing."""
    done = made(f"{WRITTEN}; P0: mprotect a none; P0: follow_page a[7]{flags}", 1)
    m = done.machine.block.m
    assert compound_head(m, result(done)) == result(done) - 7 == heads(m)[0]
    assert m.page_refcount[heads(m)[0]] == 1


def test_follow_page_finds_nothing_where_nobody_was() -> None:
    """no_page_table: a fault could fill it, so that a dump is not told -EFAULT."""
    for flags in ("", " FOLL_DUMP"):
        assert result(made(f"P0: a = mmap 512p hugetlb; P0: follow_page a[7]{flags}", 1)) == 0


# --- areas ---
def test_an_area_is_cut_at_its_start_before_its_end_is_refused() -> None:
    """mm/mempolicy.c:mbind_range splits twice: the first cut stays (hugetlb_vm_op_split)."""
    steps = "P0: a = mmap 1536p hugetlb; P0: mbind a[512:700] MPOL_BIND node1"
    done = made(steps, 4)
    m = done.machine.block.m
    ends = [m.vma_end[vma] - m.vma_start[vma] >> 21 for vma in range(1, 4) if m.vma_mm[vma]]
    assert result(done) == -22 and ends == [1, 2]


def test_promises_go_with_the_area_that_moves() -> None:
    """mm/hugetlb.c:clear_vma_resv_huge_pages: the old area has none when it is unmapped."""
    moved = (
        "P0: a = mmap 1024p hugetlb; P0: write a[0] 1;"
        "P0: b = mremap a 1024p MREMAP_MAYMOVE MREMAP_FIXED"
    )
    assert pool(made(moved, 3).machine.block.m) == (3, 2, 1)
    assert pool(made(f"{moved}; P0: write b[512] 2", 3).machine.block.m) == (3, 1, 0)
    assert pool(made(f"{moved}; P0: munmap b", 3).machine.block.m) == (3, 3, 0)


def test_a_part_that_moves_takes_all_promises() -> None:
    """clear_vma_resv_huge_pages is of the whole old area, whose rest has none then: its next page
    is one that nobody was promised, and what it was promised stays so for good.

    Played on Debian's 6.1: HugePages_Rsvd is 1 when nothing is mapped any more.  No scenario in
    the tree, for the pool of the guest would have one page less from there on.
    """
    steps = (
        "P0: a = mmap 1536p hugetlb; P0: write a[0] 1;"
        "P0: b = mremap a[1024:1536] 512p MREMAP_MAYMOVE MREMAP_FIXED; P0: write a[512] 2;"
        "P0: munmap a[0:1024]; P0: munmap b"
    )
    done = walk(steps, machine=(POOL.format(4),))
    assert pool(done.machine.block.m) == (4, 4, 1) and done.ids == {"pool"}


# --- later kernels ---
def later(steps: str, pages: int) -> Walk:
    """By the rules of 6.12."""
    return walk(steps, V612, machine=(POOL.format(pages),))


@pytest.mark.parametrize(
    ("steps", "restored"),
    [
        ("P0: madvise a MADV_DONTNEED", 1),
        ("P0: madvise a MADV_DONTNEED; P0: read a[0]", 0),  # taken again, of what was promised
        ("P0: munmap a", 0),  # promised again, and given up with the area
        ("P0: P1 = fork; P0: madvise a MADV_DONTNEED", 0),  # the child maps it yet
        ("P0: P1 = fork; P0: munmap a; P1: munmap P1.a", 0),  # a child has no map
        ("P0: b = mremap a 512p MREMAP_MAYMOVE MREMAP_FIXED; P0: madvise b MADV_DONTNEED", 1),
    ],
)
def test_what_nobody_maps_any_more_is_promised_again(steps: str, restored: int) -> None:
    """mm/hugetlb.c:__unmap_hugepage_range of 6.12; 6.1 makes no such promise."""
    done = later(f"{WRITTEN}; {steps}", 2)
    total, free, resv = pool(done.machine.block.m)
    assert done.broken == [] and (total, resv) == (2, restored) and free >= resv
    assert pool(made(f"{WRITTEN}; {steps}", 2).machine.block.m)[2] == 0


def test_shared_and_unpromised_pages_are_not_promised_again() -> None:
    """__vma_private_lock: only who called mmap of a private mapping has a map of promises."""
    for flag in ("shared", "noreserve"):
        steps = f"P0: a = mmap 512p {flag} hugetlb; P0: write a[0] 1; P0: madvise a MADV_DONTNEED"
        assert pool(later(steps, 2).machine.block.m)[2] == 0


@pytest.mark.parametrize(("kernel", "nr"), [(V61, 1), (V612, 512)])
def test_how_often_a_file_holds_its_page(kernel: Kernel, nr: int) -> None:
    """mm/filemap.c:__filemap_add_folio: 6.12 counts each part, as a real 6.12.117 shows; moving
    and unmapping give them all back."""
    shared = "P0: a = mmap 512p shared hugetlb; P0: write a[0] 1; P0: move_pages a[0] node1"
    done = walk(shared, kernel, machine=(POOL.format(2),))
    (page,) = (
        page for page in heads(done.machine.block.m) if done.machine.block.m.page_refcount[page]
    )
    assert done.machine.block.m.page_refcount[page] == nr + 1 and done.broken == []
    done = walk(f"{shared}; P0: munmap a", kernel, machine=(POOL.format(2),))
    assert pool(done.machine.block.m) == (2, 2, 0) and done.broken == []


def test_any_part_moves_the_whole_but_once() -> None:
    """mm/migrate.c:__add_folio_for_migration of 6.12: -EBUSY for a page that is on the list."""
    steps = f"{WRITTEN}; P0: move_pages a[7:9] node1"
    m = later(steps, 2).machine.block.m
    assert [m.out[i] for i in range(2)] == [1, -16]
    m = made(steps, 2).machine.block.m
    assert [m.out[i] for i in range(2)] == [-13, -13]


def test_gup_of_6_12_takes_the_pages_as_leaves() -> None:
    """mm/gup.c: faultin_page asks for FOLL_NOFAULT, check_vma_flags refuses FOLL_SPLIT_PMD, and
    follow_page_mask a dump of what the file has not."""
    hole = "P0: a = mmap 512p hugetlb; P0: g = get a[3]"
    for flag, before, after in (
        ("FOLL_NOFAULT", 1, -14), ("FOLL_SPLIT_PMD", 1, -95), ("FOLL_DUMP", -14, -14)
    ):  # fmt: skip
        assert result(made(f"{hole} {flag}", 1)) == before
        assert result(later(f"{hole} {flag}", 1)) == after


# --- what is not known ---
def test_a_record_whose_text_was_not_read_has_none() -> None:
    with pytest.raises(NotModelled, match="hugetlb"):
        walk("P0: a = mmap 512p hugetlb", load("v6.18"), machine=(POOL.format(1),))


@pytest.mark.parametrize(("flag", "known"), [("", True), (" shared", False)])
def test_shared_mappings_that_5_17_watches_are_not_guessed(flag: str, known: bool) -> None:
    """Before 6.0 vma_wants_writenotify knew no hugetlb: mprotect gave such entries no write bit,
    and the fault copied a page that belongs to all."""
    steps = (
        f"P0: a = mmap 512p{flag} hugetlb; P0: write a[0] 1; P0: clear_refs 4;"
        "P0: mprotect a r; P0: mprotect a rw; P0: write a[0] 2"
    )
    walk(steps, machine=(POOL.format(1),))
    if known:
        assert walk(steps, BASE, machine=(POOL.format(1),)).broken == []
    else:
        with pytest.raises(NotModelled):
            walk(steps, BASE, machine=(POOL.format(1),))


# --- files that have a name ---
FILE = "P0: f = memfd_create 1024p MFD_HUGETLB"


def files_in_use(m: State) -> int:
    return sum(1 for nr in values(m.file_nr_pages) if nr)


def test_the_reserve_map_of_a_private_mapping_goes_with_its_last_area() -> None:
    """mm/hugetlb.c:hugetlb_vm_op_close drops a reference to it; the file stays."""
    mapped = made(f"{FILE}; P0: a = mmap f private", 4).machine.block.m
    assert files_in_use(mapped) == 2 and pool(mapped) == (4, 4, 2)
    half = made(f"{FILE}; P0: a = mmap f private; P0: munmap a[0:512]", 4).machine.block.m
    assert files_in_use(half) == 2 and pool(half) == (4, 4, 1)
    none = made(f"{FILE}; P0: a = mmap f private; P0: munmap a", 4).machine.block.m
    assert files_in_use(none) == 1 and pool(none) == (4, 4, 0)


def test_a_child_has_no_reserve_map() -> None:
    """mm/hugetlb.c:hugetlb_dup_vma_private: its copy comes from what is promised to nobody."""
    steps = f"{FILE}; P0: a = mmap f private; P0: P1 = fork; P1: write P1.a[0] 0x1"
    m = made(steps, 4).machine.block.m
    assert pool(m) == (4, 3, 2)


def test_a_file_that_grows_keeps_what_it_was_promised() -> None:
    """fs/hugetlbfs/inode.c:hugetlb_vmtruncate of more than the file has touches no page."""
    steps = f"{FILE}; P0: a = mmap f shared; P0: write a[513] 0x7; P0: ftruncate f 2048p"
    done = made(steps, 4)
    assert pool(done.machine.block.m) == (4, 3, 1)
    done = made(f"{steps}; P0: g = memfd_create 512p MFD_HUGETLB; P0: write a[0] 0x1", 4)
    assert pool(done.machine.block.m) == (4, 2, 0)


@pytest.mark.parametrize(("hole", "free"), [("f[0:511]", 2), ("f[1:1024]", 3), ("f", 4)])
def test_a_hole_takes_the_pages_that_it_has_as_a_whole(hole: str, free: int) -> None:
    """fs/hugetlbfs/inode.c:hugetlbfs_punch_hole: of others its part is zeroes."""
    steps = f"{FILE}; P0: fallocate f; P0: fallocate {hole} FALLOC_FL_PUNCH_HOLE "
    assert pool(made(steps + "FALLOC_FL_KEEP_SIZE", 4).machine.block.m) == (4, free, 0)


def test_later_kernels_have_no_files_of_huge_pages_yet() -> None:
    with pytest.raises(NotModelled):
        walk(FILE, load("v6.12"), machine=(POOL.format(2),))
