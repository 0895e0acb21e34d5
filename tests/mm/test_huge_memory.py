# SPDX-License-Identifier: GPL-2.0-or-later
"""Transparent huge pages: what the scenarios of scenarios/thp do not look at.

Expected values are counted by hand from mm/huge_memory.c and mm/rmap.c of Debian's 6.1; what user
space sees of the same steps was compared with that kernel (docs/validation.md).
"""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_RW, pte_pfn
from linuxmm.errors import NotModelled
from linuxmm.kernels import load_text
from linuxmm.machine import simple_spec
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    COMPOUND_PINCOUNT,
    DEFERRED_SPLIT,
    PART_MAPPINGS,
    PARTIALLY_MAPPED,
    compound_head,
    of_whole,
    page_mapcount,
    total_mapcount,
)
from linuxmm.mm.huge_memory.split_page import deferred_split_scan
from linuxmm.mm.memory.batch import folio_pte_batch
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.pgtable import (
    deposited_pte,
    leaves,
    pmd_table,
    pmd_trans_huge,
    pmd_val,
    walk_to_pmd,
)
from linuxmm.promises.census import values
from linuxmm.state.constants import (
    MM_ANONPAGES,
    MM_SWAPENTS,
    OPS_SHMEM,
    PG_ANON_EXCLUSIVE,
    PG_HEAD,
    PG_LOCKED,
    PG_LRU,
    PG_SWAPCACHE,
    PG_TAIL,
    RANGE_COHERENT,
    SET_CAPABLE,
    SET_FAIL_ALLOC,
    SET_KSM_MAX_PAGE_SHARING,
    SET_KSM_RUN,
    SET_SHMEM_ENABLED,
    SET_THP,
    SHMEM_HUGE_ALWAYS,
    THP_ALWAYS,
)
from linuxmm.state.flags import FOLL_GET, FOLL_PIN, FOLL_WRITE
from linuxmm.state.layout import THP_DEFERRED_SPLIT_PAGE
from linuxmm.steps.ksm import OP_KSMD
from linuxmm.steps.memory import OP_GUP_FAST, OP_PWRITE
from linuxmm.steps.migrate import OP_HMM_EXCLUSIVE
from linuxmm.steps.proc import (
    OP_DROP_CACHES,
    OP_SPLIT_HUGE_PAGES,
    OP_SPLIT_HUGE_PAGES_ALL,
    OP_SPLIT_HUGE_PAGES_IN_FILE,
)
from linuxmm.uapi import (
    MADV_COLD,
    MADV_DONTNEED,
    MADV_FREE,
    MADV_MERGEABLE,
    MADV_PAGEOUT,
    MPOL_MF_MOVE_ALL,
)
from tests.mm.box import Box

HUGE = 512


@pytest.fixture
def b() -> Box:
    made = Box("v6.1", spec=simple_spec(nodes=2, coherent=1, swap_slots=16, rows=32))
    made.m.setting[SET_THP] = THP_ALWAYS
    made.a = made.mmap(HUGE)
    made.n = HUGE
    assert made.write(made.a, 0x11, HUGE) == 0
    return made


@pytest.fixture
def later() -> Box:
    """The same by the rules of a kernel that queues every huge page."""
    made = Box("v6.12", spec=simple_spec(nodes=2, rows=32))
    made.m.setting[SET_THP] = THP_ALWAYS
    made.a = made.mmap(HUGE)
    made.n = HUGE
    assert made.write(made.a, 0x11, HUGE) == 0
    return made


def page_at(b: Box, addr: int, task: int = 0) -> int:
    mm = b.m.task_mm[task or b.task]
    return pfn_to_page(b.m, pte_pfn(mm_find_pte(b.m, mm, addr)))


def nr_leaves(b: Box, task: int = 0) -> int:
    return len(list(leaves(b.m, b.vma(b.a, task))))


# --- the state ---
def test_a_huge_page_is_512_rows_and_one_word(b: Box) -> None:
    m, head = b.m, page_at(b, b.a)
    assert (head - m.range_row[1]) % HUGE == 0
    assert m.page_flags[head] & PG_HEAD and m.page_flags[head] & PG_LRU
    assert all(m.page_flags[head + i] & PG_TAIL for i in range(1, HUGE))
    assert [compound_head(m, head + i) for i in (0, 1, 511)] == [head] * 3
    assert m.page_refcount[head] == 1 and m.page_refcount[head + 1] == 0
    assert sum(1 for word in values(m.pte) if word) == 1
    assert b.rss(MM_ANONPAGES) == HUGE


def test_a_split_leaf_counts_by_parts(b: Box) -> None:
    """512 references, each part mapped once, exclusive each; the page is whole and in no queue."""
    m, head = b.m, page_at(b, b.a)
    b.mprotect(b.a, 1, 1)
    assert nr_leaves(b) == 0 and m.page_flags[head] & PG_HEAD
    assert m.page_refcount[head] == HUGE
    assert [of_whole(m, head, what) for what in (COMPOUND_MAPCOUNT, PART_MAPPINGS)] == [0, HUGE]
    assert all(m.page_flags[head + i] & PG_ANON_EXCLUSIVE for i in range(HUGE))
    assert of_whole(m, head, DEFERRED_SPLIT) == 0 and total_mapcount(m, head) == HUGE
    assert b.rss(MM_ANONPAGES) == HUGE


def test_two_processes_one_by_leaf_one_by_parts(b: Box) -> None:
    """mapcount of a part is the sum; reference: one leaf and 511 entries (one page was copied)."""
    head = page_at(b, b.a)
    child = b.fork()
    m = b.m
    assert m.page_refcount[head] == 2 and page_mapcount(m, head + 7) == 2
    b.write(b.at(3), 0x22, task=child)
    assert (nr_leaves(b), nr_leaves(b, child)) == (1, 0)
    assert m.page_refcount[head] == 1 + 511
    assert [page_mapcount(m, head + i) for i in (3, 4)] == [1, 2]
    assert of_whole(m, head, DEFERRED_SPLIT) == 0  # part 3 is still mapped, by the leaf
    b.munmap(b.a, HUGE)
    m = b.m
    assert of_whole(m, head, DEFERRED_SPLIT) == 1 and m.page_refcount[head] == 511
    b.exit(child)
    m = b.m
    assert m.page_flags[head] == 0 and all(m.page_flags[head + i] == 0 for i in range(HUGE))


def test_the_queue_is_split_when_it_is_asked_for(b: Box) -> None:
    """drop_caches=2 ends in deferred_split_scan: the parts that nobody maps are free then."""
    head = page_at(b, b.a)
    b.madvise(b.at(10), 5, MADV_DONTNEED)
    m = b.m
    assert m.page_refcount[head] == HUGE - 5
    assert deferred_split_scan(m, b.machine.k) == 1
    assert b.violations() == []
    assert m.page_flags[head] & (PG_HEAD | PG_TAIL) == 0
    assert [m.page_refcount[head + i] for i in (9, 10, 14, 15)] == [1, 0, 0, 1]
    assert b.read(b.at(9), 1) == [0x11] and b.read(b.at(10), 1) == [0]
    assert b.vmstat("thp_split_page") == 1


def test_a_table_that_stood_there_keeps_huge_pages_out(b: Box) -> None:
    """MADV_DONTNEED of a table leaves it empty: pmd_none is no longer true."""
    b.mprotect(b.a, 1, 1)
    b.mprotect(b.a, 1)
    b.madvise(b.a, HUGE, MADV_DONTNEED)
    pmd = walk_to_pmd(b.m, b.vma(), b.a)
    assert pmd_table(b.m, pmd) and not pmd_trans_huge(b.m, pmd)
    b.write(b.a, 0x22, 1)
    assert nr_leaves(b) == 0 and b.rss(MM_ANONPAGES) == 1
    child = b.fork()  # and the child's is there too (copy_pte_range)
    b.madvise(b.a, HUGE, MADV_DONTNEED)
    assert pmd_table(b.m, walk_to_pmd(b.m, b.vma(b.a, child), b.a))


def test_without_a_huge_page_small_ones(b: Box) -> None:
    other = b.mmap(HUGE)
    b.m.setting[SET_FAIL_ALLOC] = 1
    assert b.write(other, 0x33, 1) == 0
    assert list(leaves(b.m, b.vma(other))) == [] and b.vmstat("thp_fault_fallback") == 1
    assert b.read(other, 1) == [0x33]


def test_a_pin_is_counted_for_itself(b: Box) -> None:
    m, head = b.m, page_at(b, b.a)
    assert b.gup(b.at(3), FOLL_PIN | FOLL_WRITE, 2) == 2
    assert of_whole(m, head, COMPOUND_PINCOUNT) == 2 and m.page_refcount[head] == 3
    b.put()
    assert of_whole(m, head, COMPOUND_PINCOUNT) == 0 and m.page_refcount[head] == 1


def test_memory_is_given_back_and_taken_again(b: Box) -> None:
    head = page_at(b, b.a)
    b.munmap(b.a, HUGE)
    again = b.mmap(HUGE)
    b.write(again, 0x44, 1)
    assert page_at(b, again) == head


# --- what is not modelled is said ---
def test_pageout_of_what_others_map_in_part_is_said(b: Box) -> None:
    child = b.fork()
    assert b.munmap(b.a, 1, child) == 0
    with pytest.raises(NotModelled, match="transparent huge pages"):
        b.madvise(b.a, HUGE, MADV_PAGEOUT)
    assert nr_leaves(b) == 1 and b.violations() == []  # and nothing has happened


def test_moves_that_are_not_modelled_are_said(b: Box) -> None:
    """Without a free huge page it would be split; PMD and PTEs at once are counted otherwise."""
    b.m.setting[SET_FAIL_ALLOC] = 1
    with pytest.raises(NotModelled, match="transparent huge pages"):
        b.move_pages(b.a, 4, 1)
    b.m.setting[SET_FAIL_ALLOC] = 0
    b.fork()
    b.mprotect(b.a, 1, 1)
    with pytest.raises(NotModelled, match="transparent huge pages"):
        b.move_pages(b.a, 4, 1, MPOL_MF_MOVE_ALL)


# --- KSM ---
def test_two_parts_of_a_huge_page_are_alike(b: Box) -> None:
    """mm/ksm.c:cmp_and_merge_page: held twice it is not split, then it is, and not yet merged."""
    b.m.setting[SET_KSM_MAX_PAGE_SHARING] = 1024
    b.madvise(b.a, HUGE, MADV_MERGEABLE)
    b.ksm_set(SET_KSM_RUN, 1)
    b.ksmd(1)
    assert nr_leaves(b) == 1  # checksums
    b.call(OP_KSMD, 0, 2)  # the first two pages of the second pass
    assert nr_leaves(b) == 0 and b.vmstat("thp_split_page") == 1
    assert b.vmstat("thp_split_page_failed") == 1 and b.ksm()["pages_sharing"] == 0
    b.ksmd(1)
    assert b.ksm()["pages_shared"] == 1 and b.violations() == []


# --- swap ---
def test_without_512_slots_in_a_row_a_huge_page_is_split(b: Box) -> None:
    """16 slots: mm/vmscan.c splits it, 16 of its pages go, the others are active."""
    assert b.madvise(b.a, HUGE, MADV_PAGEOUT) == 0
    assert nr_leaves(b) == 0 and b.vmstat("thp_swpout_fallback") == 1
    assert b.vmstat("thp_swpout") == 0 and b.vmstat("thp_split_page") == 1
    assert b.rss(MM_SWAPENTS) == b.vmstat("pswpout") == 16 and b.rss(MM_ANONPAGES) == HUGE - 16
    assert b.vmstat("pgactivate") == HUGE - 16
    assert b.read(b.a, HUGE) == [0x11] * HUGE and b.violations() == []


def test_a_huge_page_goes_to_swap_whole() -> None:
    """mm/vmscan.c: one cluster, one write; the page is free, and each entry has its slot."""
    b = Box("v6.1", spec=simple_spec(nodes=1, swap_slots=1100, rows=32))
    b.m.setting[SET_THP] = THP_ALWAYS
    a = b.mmap(HUGE)
    assert b.write(a, 0x11, HUGE) == 0 and b.write(b.at(5, a), 0x12, 1) == 0
    head = page_at(b, a)
    assert b.madvise(a, HUGE, MADV_PAGEOUT) == 0
    assert b.m.page_refcount[head] == 0 and b.m.page_flags[head + 1] == 0
    assert b.rss(MM_SWAPENTS) == b.vmstat("pswpout") == HUGE and b.vmstat("thp_swpout") == 1
    assert b.vmstat("thp_split_pmd") == 1 and b.vmstat("thp_split_page") == 0
    assert b.read(b.at(4, a), 3) == [0x11, 0x12, 0x11] and b.rss(MM_SWAPENTS) == HUGE - 3
    assert b.violations() == []


# --- another node ---
def test_a_huge_page_moves_whole(b: Box) -> None:
    """mm/migrate.c: one page for one page; do_pages_move finds it isolated the second time."""
    old = page_at(b, b.a)
    assert b.move_pages(b.a, 4, 1) == (0, [1, -16, 1, 1])
    head = page_at(b, b.a)
    assert head != old and b.m.page_refcount[old] == 0 and b.m.page_flags[old + 1] == 0
    assert nr_leaves(b) == 1 and of_whole(b.m, head, COMPOUND_MAPCOUNT) == 1
    assert b.m.page_refcount[head] == 1 and b.m.page_flags[head] & PG_ANON_EXCLUSIVE
    assert b.vmstat("pgmigrate_success") == HUGE and b.vmstat("thp_migration_success") == 1
    assert b.read(b.a, HUGE) == [0x11] * HUGE and b.violations() == []


@pytest.mark.parametrize("flags", [FOLL_GET, FOLL_PIN])
def test_nobody_moves_a_huge_page_that_is_held(b: Box, flags: int) -> None:
    """Ten passes; each page of it is counted, and its leaf is what it was."""
    before = pmd_val(b.m, walk_to_pmd(b.m, b.vma(b.a), b.a))
    assert b.gup(b.at(3, b.a), FOLL_WRITE | flags) == 1
    b.move_pages(b.a, 1, 1)
    assert pmd_val(b.m, walk_to_pmd(b.m, b.vma(b.a), b.a)) == before and b.violations() == []
    assert b.vmstat("pgmigrate_fail") == HUGE and b.vmstat("thp_migration_fail") == 1
    assert b.m.page_flags[page_at(b, b.a)] & (PG_LRU | PG_LOCKED | PG_ANON_EXCLUSIVE) == (
        PG_LRU | PG_ANON_EXCLUSIVE
    )


def test_a_huge_page_in_parts_moves_whole(b: Box) -> None:
    """512 migration entries, each part exclusive and writable as it was."""
    b.mprotect(b.a, 1, 1)
    b.mprotect(b.a, 1, 3)
    old = page_at(b, b.a)
    assert b.move_pages(b.a, 2, 1) == (0, [1, -16])
    head = page_at(b, b.a)
    assert head != old and nr_leaves(b) == 0 and of_whole(b.m, head, PART_MAPPINGS) == HUGE
    assert all(b.m.page_flags[head + i] & PG_ANON_EXCLUSIVE for i in range(HUGE))
    assert b.m.page_refcount[head] == HUGE and b.violations() == []


# --- device memory ---
def test_a_huge_page_that_migrates_to_a_device_is_split(b: Box) -> None:
    """mm/migrate_device.c:migrate_vma_collect_pmd: 4 pages are asked for, 512 are small then."""
    assert b.to_device(b.at(8), 4)[0] == 4
    assert nr_leaves(b) == 0 and b.vmstat("thp_split_page") == 1
    assert b.kinds(b.at(6), 8) == ["ram"] * 2 + ["dev"] * 4 + ["ram"] * 2
    assert b.read(b.at(8), 4) == [0x11] * 4


def test_parts_of_a_huge_page_stay(b: Box) -> None:
    """PageTransCompound: not collected; a pinned huge page is not split, and stays whole."""
    b.mprotect(b.a, 1, 1)
    assert b.to_device(b.at(8), 4) == [-2]  # -ENOENT: nothing was collected
    other = b.mmap(HUGE)
    b.write(other, 0x22, HUGE)
    b.gup(other, FOLL_PIN | FOLL_WRITE)
    assert b.to_device(other, 4) == [-2]  # -ENOENT: nothing was collected
    assert len(list(leaves(b.m, b.vma(other)))) == 1


def test_a_locked_huge_page_loses_a_reference_in_6_1(b: Box) -> None:
    """migrate_vma_collect_pmd returns without put_page when trylock_page fails."""
    head = page_at(b, b.a)
    b.checked = False
    b.m.page_flags[head] |= PG_LOCKED
    assert b.to_device(b.a, 4) == [-2]  # -ENOENT: nothing was collected
    assert b.m.page_refcount[page_at(b, b.a)] == 2


def test_what_a_device_takes_for_itself_of_a_huge_page(b: Box) -> None:
    """make_device_exclusive_range splits the leaf and never takes a tail: -EBUSY; the head is
    taken as a whole in 6.1, which is not modelled."""
    assert b.call(OP_HMM_EXCLUSIVE, 0, b.task, b.at(3), 2, b.range_of(RANGE_COHERENT)) == -16
    assert nr_leaves(b) == 0 and b.read(b.at(3), 2) == [0x11] * 2
    with pytest.raises(NotModelled, match="transparent huge pages"):
        b.call(OP_HMM_EXCLUSIVE, 0, b.task, b.a, 1, b.range_of(RANGE_COHERENT))


# --- 5.17: mappings decide who may write, and nothing is exclusive ---
def test_before_5_18_mappings_decide() -> None:
    old = Box("v5.17-coherent", spec=simple_spec(nodes=2, coherent=1, rows=32))
    old.m.setting[SET_THP] = THP_ALWAYS
    old.a, old.n = old.mmap(HUGE), HUGE
    old.write(old.a, 0x11)
    child = old.fork()
    old.exit(child)
    head = page_at(old, old.a)
    assert old.gup(old.a, 0x4) == 1  # FOLL_GET: one more reference
    assert old.write(old.at(1), 0x22, 1) == 0
    assert nr_leaves(old) == 1 and page_at(old, old.a) == head
    assert mm_find_pte(old.m, old.m.task_mm[old.task], old.a) & PAGE_RW
    assert old.m.page_flags[head] & PG_ANON_EXCLUSIVE == 0


# --- fast GUP ---
@pytest.mark.parametrize(("flags", "pinned"), [(0, (16, 8)), (FOLL_WRITE, (8, 0))])
def test_fast_gup_pins_a_shared_leaf_before_it_asks(
    b: Box, flags: int, pinned: tuple[int, int]
) -> None:
    """gup_huge_pmd takes all 8, sees that the page is not exclusive and drops them; the slow walk
    takes the 8 copies.  For writing the bits of the leaf refuse before anything is taken."""
    b.fork()
    assert b.call(OP_GUP_FAST, b.task, b.at(8), 8, FOLL_PIN | flags, 1) == 8
    counters = ("nr_foll_pin_acquired", "nr_foll_pin_released")
    assert tuple(b.vmstat(name) for name in counters) == pinned
    b.put()


# --- split_huge_pages of debugfs ---
def test_split_huge_pages_passes_over_what_it_cannot_split(b: Box) -> None:
    """Walk by hand: the first huge page is held by a get and stays, the second is split; the walk
    ends at the hole behind the mapping.  Nothing is said of either, and no reference is left."""
    other = b.mmap(HUGE)
    b.write(other, 0x22, HUGE)
    b.gup(b.at(7), 0x4)
    mm = b.m.task_mm[b.task]
    for start in (b.a, other):
        assert b.call(OP_SPLIT_HUGE_PAGES, b.task, b.task, start, 2 * HUGE) == 0
    assert nr_leaves(b) == 1 and list(leaves(b.m, b.vma(other))) == []
    assert b.m.page_flags[pfn_to_page(b.m, pte_pfn(mm_find_pte(b.m, mm, other)))] & PG_HEAD == 0
    assert b.vmstat("thp_split_page") == 1
    assert b.vmstat("thp_split_page_failed") == 0  # can_split_folio was asked before
    b.put()


def test_all_huge_pages_of_the_lists_are_split(b: Box) -> None:
    """One is held (counted as failed: nobody asks before), one is isolated and so on no list."""
    held, isolated, free = (b.mmap(HUGE) for _ in range(3))
    for addr in (held, isolated, free):
        b.write(addr, 0x22, HUGE)
    b.gup(held + 7 * 4096, FOLL_GET)
    head = page_at(b, isolated)
    b.m.page_flags[head] &= ~PG_LRU
    assert [b.call(OP_SPLIT_HUGE_PAGES_ALL, b.task, number) for number in (0, 2)] == [-22, -22]
    assert b.vmstat("thp_split_page") == 0
    assert b.call(OP_SPLIT_HUGE_PAGES_ALL, b.task, 1) == 0
    whole = [bool(b.m.page_flags[page_at(b, a)] & PG_HEAD) for a in (b.a, held, isolated, free)]
    assert whole == [False, True, True, False]
    assert [b.m.page_refcount[page_at(b, a)] for a in (b.a, held, isolated, free)] == [1, 2, 1, 1]
    assert (b.vmstat("thp_split_page"), b.vmstat("thp_split_page_failed")) == (2, 1)
    b.m.page_flags[head] |= PG_LRU
    b.put()


def test_a_huge_page_that_is_locked_is_waited_for(b: Box) -> None:
    b.m.page_flags[page_at(b, b.a)] |= PG_LOCKED
    with pytest.raises(NotModelled, match="transparent huge pages"):
        b.call(OP_SPLIT_HUGE_PAGES_ALL, b.task, 1)


def test_in_a_file_a_huge_page_counts_from_where_it_is_met(b: Box) -> None:
    """Met at 700, the one of 512 to 1023 is split, and the next page looked at is 700 + 512: the
    third, whose places 1212 to 1219 are asked for, is met there; at 1212 alone nothing is."""
    b.m.setting[SET_SHMEM_ENABLED] = SHMEM_HUGE_ALWAYS
    file = b.create_file(OPS_SHMEM, 3 * HUGE)
    b.call(OP_PWRITE, b.task, file, 0, 3 * HUGE, 0x11)

    def whole() -> list[bool]:
        first = b.m.file_first[file]
        pages = [b.m.cache_page[first + i * HUGE] for i in range(3)]
        return [bool(b.m.page_flags[page] & PG_HEAD) for page in pages]

    assert whole() == [True] * 3
    assert b.call(OP_SPLIT_HUGE_PAGES_IN_FILE, b.task, file, 700, 512) == 0
    assert whole() == [True, False, True]
    assert b.call(OP_SPLIT_HUGE_PAGES_IN_FILE, b.task, file, 1100, 10**6) == 0
    assert whole() == [True, False, False]
    b.checked = False  # a lock is left
    b.m.page_flags[b.m.cache_page[b.m.file_first[file]]] |= PG_LOCKED
    assert b.call(OP_SPLIT_HUGE_PAGES_IN_FILE, b.task, file, 0, 512) == 0
    assert whole()[0]


def test_split_huge_pages_is_for_root(b: Box) -> None:
    b.m.setting[SET_CAPABLE] = 0
    assert b.call(OP_SPLIT_HUGE_PAGES, b.task, b.task, b.a, HUGE) == -13
    assert b.call(OP_SPLIT_HUGE_PAGES_ALL, b.task, 1) == -13
    assert b.call(OP_SPLIT_HUGE_PAGES_IN_FILE, b.task, 1, 0, 1) == -13
    assert b.call(OP_DROP_CACHES, b.task, 2) == -13


def test_dropping_page_cache_is_not_modelled(b: Box) -> None:
    with pytest.raises(NotModelled, match="reclaim"):
        b.call(OP_DROP_CACHES, b.task, 1)


@pytest.mark.parametrize("test", ["not_compound", "extra_references", "locked"])
def test_each_row_of_the_site_drops_its_reference(test: str) -> None:
    """A row that forgets to put leaks one reference: the promise about references sees it."""
    rows = [
        f'{{ refuse = "{row}", gives = "skip", put = {"false" if row == test else "true"} }}'
        for row in ("not_compound", "extra_references", "locked")
    ]
    text = f"""schema = 1
name = "mine"
base = "v6.1"
source = "a test"
[site."mm/huge_memory.c:split_huge_pages_pid"]
lookup = "follow_page"
flags = ["FOLL_GET", "FOLL_DUMP"]
refused = "skip"
tests = [{", ".join(rows)}]
"""
    wrong = Box(load_text(text, "mine.toml"), spec=simple_spec(nodes=2, rows=32), checked=False)
    wrong.m.setting[SET_THP] = THP_ALWAYS
    wrong.a, wrong.n = wrong.mmap(HUGE), HUGE
    if test == "not_compound":
        wrong.m.setting[SET_THP] = 0
    wrong.write(wrong.a, 0x11, 8)
    head = page_at(wrong, wrong.a)
    if test == "extra_references":
        wrong.gup(wrong.a, 0x4)
    if test == "locked":
        wrong.m.page_flags[head] |= PG_LOCKED
    wrong.call(OP_SPLIT_HUGE_PAGES, wrong.task, wrong.task, wrong.a, 1)
    wrong.m.page_flags[head] &= ~PG_LOCKED
    assert {v.invariant for v in wrong.violations()} == {"refcount"}


# --- kernels that queue every huge page (mm/huge_memory.c of 6.12) ---
def queue_of(b: Box, head: int) -> list[int]:
    """On the queue, known to be mapped in part, how often that was counted."""
    known = [of_whole(b.m, head, what) for what in (DEFERRED_SPLIT, PARTIALLY_MAPPED)]
    return [*known, b.m.vmstat[THP_DEFERRED_SPLIT_PAGE]]


def test_a_new_huge_page_is_queued_until_it_is_seen_to_be_used(later: Box) -> None:
    head = page_at(later, later.a)
    assert queue_of(later, head) == [1, 0, 0]
    assert deferred_split_scan(later.m, later.machine.k) == 0
    assert queue_of(later, head) == [0, 0, 0]
    later.madvise(later.at(10), 1, MADV_DONTNEED)
    assert queue_of(later, head) == [1, 1, 1]
    assert deferred_split_scan(later.m, later.machine.k) == 1


def test_parts_that_go_at_once_are_never_only_some(later: Box) -> None:
    """zap_present_ptes takes 512 entries as one batch, whatever they say of use."""
    head = page_at(later, later.a)
    later.mprotect(later.at(9), 1, 1)
    later.mprotect(later.at(9), 1, 3)
    later.munmap(later.a, HUGE)
    assert queue_of(later, head) == [0, 0, 0] and later.m.page_flags[head] == 0


@pytest.mark.parametrize("advice", [MADV_COLD, MADV_FREE])
def test_a_split_that_is_not_modelled_ends_the_step(later: Box, advice: int) -> None:
    """The walk looked at the same entry for ever: a trap returns 0, as a split that was made."""
    head = page_at(later, later.a)
    later.mprotect(later.at(9), 1, 1)
    later.m.page_flags[head] |= PG_SWAPCACHE
    with pytest.raises(NotModelled):
        later.madvise(later.at(20), 1, advice)


def test_a_batch_ends_where_an_entry_maps_otherwise(later: Box) -> None:
    """folio_pte_batch: another protection, another page, a hole, the end of what was asked for."""
    later.mprotect(later.at(9), 1, 0)
    later.madvise(later.at(20), 1, MADV_DONTNEED)
    m, head = later.m, page_at(later, later.a)
    slot = deposited_pte(walk_to_pmd(m, later.vma(later.a), later.a), later.a)
    m.pte[slot + 3] = m.pte[slot + 3] & ~PAGE_RW

    def batch(first: int, most: int) -> int:
        return folio_pte_batch(m, later.machine.k, head + first, slot + first, most, 0)

    assert [batch(0, HUGE), batch(0, 5), batch(9, 100)] == [9, 5, 1]
    assert [batch(10, HUGE - 10), batch(21, HUGE - 21)] == [10, HUGE - 21]
    m.pte[slot + 30] = m.pte[slot + 31]
    assert batch(21, HUGE - 21) == 9
