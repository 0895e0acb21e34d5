# SPDX-License-Identifier: GPL-2.0-or-later
"""KSM.  Expected values: mm/ksm.c of 5.17 and 6.1.192 read by hand, facts/ksm.md."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_RW, PAGE_SPECIAL
from linuxmm.errors import NotModelled
from linuxmm.machine import Machine
from linuxmm.mm.ksm.madvise import ksm_madvise_mergeable
from linuxmm.mm.ksm.stable_node import memcmp_pages
from linuxmm.mm.page import (
    get_page,
    page_ksm,
    page_to_nid,
    put_page,
)
from linuxmm.state.constants import (
    EAGAIN,
    EBUSY,
    EINVAL,
    ENOMEM,
    MM_ANONPAGES,
    NR_MM_COUNTERS,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_LOCKED,
    PG_MLOCKED,
    SET_FAIL_ALLOC,
    SET_KSM_MAX_PAGE_SHARING,
    SET_KSM_MERGE_ACROSS_NODES,
    SET_KSM_RUN,
    SET_KSM_USE_ZERO_PAGES,
    SET_ZERO_PAGE,
    VM_MERGEABLE,
    VM_MIXEDMAP,
)
from linuxmm.state.layout import (
    COW_KSM,
    KSM_SCAN_MM,
    MAX_KSM_NODES,
    NR_KSM,
    NR_MLOCK,
    Column,
)
from linuxmm.steps.ksm import OP_KSMD
from linuxmm.steps.memory import (
    OP_SPAWN,
)
from linuxmm.steps.migrate import OP_MOVE_PAGES
from linuxmm.uapi import MADV_MERGEABLE, MADV_UNMERGEABLE, MAP_SHARED, MPOL_MF_MOVE_ALL, PROT_NONE
from tests.mm.box import RW, Box, check_counts, merge_area, mergeable
from tests.some_kernels import EVERY_KERNEL


def all_zero(column: Column, rows: int) -> bool:
    return not any(column[i] for i in range(rows))


# --- merging ---
@EVERY_KERNEL
@pytest.mark.parametrize("n", [2, 3, 5])
def test_n_equal_pages_become_one(kernel: str, n: int) -> None:
    """Shared 1, sharing N-1 (facts/ksm.md); RSS stays, one page carries all mappings."""
    box = mergeable(kernel, *[0x5A] * n)
    rss = box.m.mm_rss[1 * NR_MM_COUNTERS + MM_ANONPAGES]
    box.ksmd(2)
    assert box.shares() == (1, n - 1, 0, 0)
    assert len({box.page(box.at(i)) for i in range(n)}) == 1
    m, page = box.m, box.page()
    assert (m.page_mapcount[page], m.page_refcount[page]) == (n, n)
    assert m.mm_rss[1 * NR_MM_COUNTERS + MM_ANONPAGES] == rss
    assert box.read(box.a, n) == [0x5A] * n
    assert box.ksm_of_mm() == {"ksm_merging_pages": n, "ksm_rmap_items": n}


@EVERY_KERNEL
def test_a_page_needs_two_visits(kernel: str) -> None:
    """The stored checksum starts at 0: the first visit only stores it."""
    box = mergeable(kernel, 1, 1)
    box.ksmd(1)
    assert box.shares() == (0, 0, 0, 2)
    box.write(box.a, 2)  # changed between the visits: stored anew
    box.ksmd(1)
    assert box.shares() == (0, 0, 1, 1)


@EVERY_KERNEL
def test_the_scanned_page_becomes_the_ksm_page(kernel: str) -> None:
    box = mergeable(kernel, 7, 7)
    first, second = box.page(), box.page(box.at(1))
    box.ksmd(2)
    m = box.m
    assert box.page() == box.page(box.at(1)) == second
    assert m.page_refcount[first] == 0 and not m.page_flags[first]
    assert page_ksm(m, second) and m.page_flags[second] & PG_DIRTY
    assert not m.page_flags[second] & PG_ANON_EXCLUSIVE
    for i in (0, 1):
        assert not box.pte(box.at(i)) & (PAGE_RW | PAGE_DIRTY)
    check_counts(box)


@EVERY_KERNEL
def test_different_pages_wait_in_the_unstable_tree(kernel: str) -> None:
    box = mergeable(kernel, 1, 2, 3, 4)
    box.ksmd(2)
    assert box.shares() == (0, 0, 4, 0)
    box.ksmd(1)  # the tree is emptied and filled again
    assert box.shares() == (0, 0, 4, 0)


@EVERY_KERNEL
def test_pages_of_two_processes_merge(kernel: str) -> None:
    box = mergeable(kernel, 9)
    other = box.call(OP_SPAWN)
    start = merge_area(box, 9, task=other)
    box.ksmd(3)
    assert box.shares() == (1, 1, 0, 0)
    assert box.page() == box.page(start, other)
    check_counts(box)


@EVERY_KERNEL
def test_pages_to_scan_counts_pages(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    for n in range(1, 6):  # the third turn finds the end of the pass
        box.call(OP_KSMD, 0, 1)
        assert box.ksm()["full_scans"] == (1 if n >= 3 else 0)
    assert box.shares() == (1, 1, 0, 0)


@EVERY_KERNEL
def test_passes_in_one_step(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    box.call(OP_KSMD, 0, 0, 3)
    assert box.ksm()["full_scans"] == 3
    assert box.shares() == (1, 1, 0, 0)


@EVERY_KERNEL
def test_ksmd_rests_unless_run_is_1(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    box.ksm_set(SET_KSM_RUN, 0)
    box.ksmd(2)
    assert box.shares() == (0, 0, 0, 0)


@EVERY_KERNEL
def test_a_reference_from_elsewhere_keeps_a_page_apart(kernel: str) -> None:
    """mapcount + 1 must be the refcount: a get, a pin or a batch stands against merging."""
    box = mergeable(kernel, 5, 5)
    m = box.m
    get_page(m, box.page(box.at(1)))
    box.ksmd(3)
    assert box.shares() == (0, 0, 1, 1)
    assert box.pte(box.at(1)) & PAGE_RW
    put_page(m, box.machine.k, box.page(box.at(1)))
    box.ksmd(1)
    assert box.shares() == (1, 1, 0, 0)


@EVERY_KERNEL
def test_half_a_merge_is_undone(kernel: str) -> None:
    """The tree's page is held: the scanned page has become KSM and is broken again."""
    box = mergeable(kernel, 5, 5)
    get_page(box.m, box.page())
    before = box.page(box.at(1))
    box.ksmd(2)
    m = box.m
    assert box.shares() == (0, 0, 1, 1)
    assert box.page(box.at(1)) != before and not page_ksm(m, box.page(box.at(1)))
    assert box.read(box.a, 2) == [5, 5] and box.pte(box.at(1)) & PAGE_RW
    assert m.vmstat[COW_KSM] == (1 if kernel == "v6.1" else 0)  # counted since 5.18


@EVERY_KERNEL
def test_a_locked_page_is_left_alone(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    m = box.m
    m.page_flags[box.page(box.at(1))] |= PG_LOCKED
    box.ksmd(2)
    assert box.shares() == (0, 0, 1, 1)


# --- fork, COW, unmapping ---
@EVERY_KERNEL
def test_a_page_shared_by_fork_is_met_as_itself(kernel: str) -> None:
    """Two items, one page: the second search finds the page itself and stops."""
    box = mergeable(kernel, 5)
    box.fork()
    box.ksmd(3)
    assert box.shares() == (0, 0, 1, 1)


@EVERY_KERNEL
def test_a_ksm_page_shared_by_fork_gains_items_only(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    box.ksmd(2)
    child = box.fork()
    ptes = [box.pte(box.at(i), child) for i in (0, 1)]
    assert box.shares() == (1, 1, 0, 0)
    box.ksmd(2)
    assert box.shares() == (1, 3, 0, 0)
    assert [box.pte(box.at(i), child) for i in (0, 1)] == ptes
    check_counts(box)


@EVERY_KERNEL
def test_a_write_copies_and_the_counters_follow_with_the_next_scan(kernel: str) -> None:
    box = mergeable(kernel, 5, 5, 5)
    box.ksmd(2)
    box.write(box.a, 6)
    assert box.m.vmstat[COW_KSM] == (1 if kernel == "v6.1" else 0)  # counted since 5.18
    assert box.shares() == (1, 2, 0, 0)
    box.ksmd(1)
    assert box.shares() == (1, 1, 0, 1)
    assert box.read(box.a, 3) == [6, 5, 5]
    check_counts(box)


@EVERY_KERNEL
def test_munmap_leaves_the_items_until_the_next_scan(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    keep = merge_area(box, 1)
    box.ksmd(2)
    box.munmap(box.a, 2)
    assert box.shares() == (1, 1, 1, 0)
    box.ksmd(1)
    assert box.shares() == (0, 0, 1, 0)
    assert all_zero(box.m.stable_page, 8)
    assert box.read(keep, 1) == [1]


@EVERY_KERNEL
def test_a_stale_node_goes_when_its_page_is_somebody_elses(kernel: str) -> None:
    """The pfn is in use again, its mapping does not name the node: a search removes the node."""
    box = mergeable(kernel, 5, 5)
    box.ksmd(2)
    page = box.page()
    box.munmap(box.a, 2)
    again = merge_area(box, 9, 9, 9)
    assert page in [box.page(box.at(i, again)) for i in range(3)]
    box.ksmd(2)
    assert box.shares() == (1, 2, 0, 0)
    check_counts(box)


@EVERY_KERNEL
def test_exit_leaves_the_items_to_ksmd(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    merge_area(box, 1, task=box.call(OP_SPAWN))
    box.ksmd(2)
    box.exit()
    assert box.shares() == (1, 1, 1, 0)
    box.ksmd(1)
    assert box.shares() == (0, 0, 1, 0)


@EVERY_KERNEL
def test_exit_without_items_leaves_the_list_at_once(kernel: str) -> None:
    box = mergeable(kernel, 5)
    box.exit()
    m = box.m
    assert all_zero(m.ksm, NR_KSM) and all_zero(m.mm_flags, 5)


@EVERY_KERNEL
def test_the_row_of_a_dead_mm_is_not_reused_while_ksmd_has_it(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    box.ksmd(2)
    old = box.m.task_mm[box.task]
    box.exit()
    new = box.call(OP_SPAWN)
    assert box.m.task_mm[new] != old
    box.ksmd(1)
    assert box.shares() == (0, 0, 0, 0)
    assert box.m.task_mm[box.call(OP_SPAWN)] == old


@EVERY_KERNEL
def test_an_mm_without_mergeable_areas_leaves_the_list(kernel: str) -> None:
    box = mergeable(kernel, 5)
    box.ksmd(1)
    box.munmap(box.a, 1)
    box.ksmd(1)
    m = box.m
    assert all_zero(m.ksm, NR_KSM) and not m.mm_flags[m.task_mm[box.task]]


# --- unmerging ---
@EVERY_KERNEL
def test_unmergeable_gives_every_address_its_own_page(kernel: str) -> None:
    box = mergeable(kernel, 5, 5, 5)
    box.ksmd(2)
    assert box.madvise(box.a, 3, MADV_UNMERGEABLE) == 0
    m = box.m
    assert len({box.page(box.at(i)) for i in range(3)}) == 3
    assert not any(page_ksm(m, box.page(box.at(i))) for i in range(3))
    assert box.read(box.a, 3) == [5, 5, 5]
    assert not m.vma_flags[box.vma(box.a)] & VM_MERGEABLE
    assert m.vmstat[COW_KSM] == (3 if kernel == "v6.1" else 0)  # counted since 5.18


@EVERY_KERNEL
def test_unmergeable_without_memory_is_enomem(kernel: str) -> None:
    """madvise makes -EAGAIN of the -ENOMEM; the area stays mergeable."""
    box = mergeable(kernel, 5, 5)
    box.ksmd(2)
    m = box.m
    m.setting[SET_FAIL_ALLOC] = 1
    assert box.madvise(box.a, 2, MADV_UNMERGEABLE) == -EAGAIN
    assert m.vma_flags[box.vma(box.a)] & VM_MERGEABLE


@pytest.mark.parametrize(
    ("kernel", "broken"), [("v5.17-coherent", True), ("split-v1", True), ("v6.1", False)]
)
def test_unmergeable_of_memory_without_access(kernel: str, broken: bool) -> None:
    """6.1's follow_page gives none for a PROT_NONE entry: the page stays a KSM page."""
    box = mergeable(kernel, 5, 5)
    box.ksmd(2)
    assert box.mprotect(box.a, 2, PROT_NONE) == 0
    assert box.madvise(box.a, 2, MADV_UNMERGEABLE) == 0
    assert (box.page() != box.page(box.at(1))) is broken
    assert box.mprotect(box.a, 2, RW) == 0
    assert box.read(box.a, 2) == [5, 5]


@EVERY_KERNEL
def test_run_2_unmerges_everything(kernel: str) -> None:
    box = mergeable(kernel, 5, 5, 1)
    box.ksmd(2)
    assert box.ksm_set(SET_KSM_RUN, 2) == 0
    assert box.shares() == (0, 0, 0, 0)
    assert box.ksm()["full_scans"] == 0
    m = box.m
    assert m.vma_flags[box.vma(box.a)] & VM_MERGEABLE
    assert all_zero(m.stable_page, 8) and all_zero(m.item_mm, 24)
    assert all_zero(m.ksm_root, 2 * MAX_KSM_NODES)
    assert box.read(box.a, 3) == [5, 5, 1]
    assert box.ksm_set(SET_KSM_RUN, 1) == 0
    box.ksmd(2)
    assert box.shares() == (1, 1, 1, 0)


@EVERY_KERNEL
def test_run_2_without_memory_stops_ksm(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    box.ksmd(2)
    box.m.setting[SET_FAIL_ALLOC] = 1
    assert box.ksm_set(SET_KSM_RUN, 2) == -ENOMEM
    assert box.ksm()["run"] == 0


# --- marking ---
@EVERY_KERNEL
def test_shared_and_driver_memory_is_never_marked(kernel: str) -> None:
    box = Box(kernel)
    start = box.mmap(1, MAP_SHARED)
    box.madvise(start, 1, MADV_MERGEABLE)
    assert not box.m.vma_flags[box.vma(start)] & VM_MERGEABLE
    private = box.anon(1, 1)
    m, vma = box.m, box.vma(private)
    m.vma_flags[vma] |= VM_MIXEDMAP
    assert not ksm_madvise_mergeable(m, box.machine.k, vma) & VM_MERGEABLE


@EVERY_KERNEL
def test_an_area_that_is_not_marked_is_not_scanned(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    box.anon(1, 5)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)


# --- settings ---
@EVERY_KERNEL
def test_settings_refuse_what_the_kernel_refuses(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    for which, value in (
        (SET_KSM_RUN, 3),
        (SET_KSM_MERGE_ACROSS_NODES, 2),
        (SET_KSM_MAX_PAGE_SHARING, 1),
        (SET_KSM_USE_ZERO_PAGES, 2),
    ):
        assert box.ksm_set(which, value) == -EINVAL
    box.ksmd(2)
    assert box.ksm_set(SET_KSM_MERGE_ACROSS_NODES, 0) == -EBUSY
    assert box.ksm_set(SET_KSM_MAX_PAGE_SHARING, 8) == -EBUSY
    assert box.ksm_set(SET_KSM_MAX_PAGE_SHARING, 256) == 0  # no change


@EVERY_KERNEL
def test_a_tree_for_each_node(kernel: str) -> None:
    """merge_across_nodes=0: CPU 1's pages come from node 1 and meet only their like."""
    box = mergeable(kernel, 5, 5)
    assert box.ksm_set(SET_KSM_MERGE_ACROSS_NODES, 0) == 0
    far = merge_area(box, 5, 5, cpu=1)
    m = box.m
    assert page_to_nid(m, box.page()) == 0 and page_to_nid(m, box.page(far)) == 1
    box.ksmd(2)
    assert box.shares() == (2, 2, 0, 0)
    assert box.page() != box.page(far)


@EVERY_KERNEL
def test_merging_across_nodes_is_the_default(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    merge_area(box, 5, 5, cpu=1)
    box.ksmd(2)
    assert box.shares() == (1, 3, 0, 0)


@EVERY_KERNEL
def test_use_zero_pages(kernel: str) -> None:
    """Pages of zeroes become the zero page: no longer anonymous memory, in no tree."""
    box = mergeable(kernel, 0, 0, 5)
    box.ksm_set(SET_KSM_USE_ZERO_PAGES, 1)
    box.ksmd(2)
    m = box.m
    assert [box.page(box.at(i)) == m.setting[SET_ZERO_PAGE] for i in range(3)] == [
        True,
        True,
        False,
    ]
    assert box.pte() & PAGE_SPECIAL and not box.pte() & PAGE_RW
    assert m.mm_rss[1 * NR_MM_COUNTERS + MM_ANONPAGES] + m.task_rss[NR_MM_COUNTERS + 1] == 1
    assert box.shares() == (0, 0, 1, 2)
    box.ksmd(1)
    assert box.shares() == (0, 0, 1, 0)  # the zero page is not anonymous: its items go


@EVERY_KERNEL
def test_pages_of_zeroes_merge_like_others_by_default(kernel: str) -> None:
    box = mergeable(kernel, 0, 0)
    box.ksmd(1)
    assert box.shares() == (0, 0, 0, 2)
    box.ksmd(1)
    assert box.shares() == (1, 1, 0, 0)


@EVERY_KERNEL
def test_beyond_max_page_sharing_is_said_to_be_unknown(kernel: str) -> None:
    box = mergeable(kernel, 5, 5, 5, 5)
    assert box.ksm_set(SET_KSM_MAX_PAGE_SHARING, 2) == 0
    with pytest.raises(NotModelled):
        box.ksmd(4)


def test_contents_are_ordered_as_memory_is() -> None:
    """memcmp sees the lowest byte of a 64-bit value first, and bytes without sign."""
    m = Machine("v6.1").block.m
    for a, b, order in ((1, 2, -1), (0x0100, 0x0001, -1), (-1, 1, 1), (5, 5, 0)):
        m.page_tag[1], m.page_tag[2] = a, b
        assert memcmp_pages(m, 1, 2) == order


# --- KSM pages that move, mlocked areas ---
def moved(box: Box, start: int, npages: int, node: int) -> list[int]:
    n = box.call(OP_MOVE_PAGES, box.task, box.task, start, npages, node, MPOL_MF_MOVE_ALL)
    return box.out(n if n > 0 else npages)


def apart_by_node(kernel: str) -> Box:
    box = mergeable(kernel, 5, 5)
    assert box.ksm_set(SET_KSM_MERGE_ACROSS_NODES, 0) == 0
    box.ksmd(2)
    return box


@EVERY_KERNEL
def test_a_migrated_ksm_page_changes_trees(kernel: str) -> None:
    """The node follows the page; the next visit puts it into the tree of the new node."""
    box = apart_by_node(kernel)
    moved(box, box.a, 1, 1)
    m = box.m
    assert page_to_nid(m, box.page()) == 1 and box.page() == box.page(box.at(1))
    assert (m.stable_page[1], m.stable_nid[1]) == (box.page(), 0)
    box.ksmd(1)
    assert (m.stable_page[1], m.stable_nid[1], m.stable_misplaced[1]) == (box.page(), 1, 0)
    assert box.shares() == (1, 1, 0, 0)
    far = merge_area(box, 5, cpu=1)
    box.ksmd(1)
    assert box.page(far) == box.page()
    assert box.shares() == (1, 2, 0, 0)
    check_counts(box)


@EVERY_KERNEL
def test_a_search_sets_a_node_of_another_nid_aside(kernel: str) -> None:
    """Nobody visits the moved page itself: a page of its old node meets the node, and not it."""
    box = apart_by_node(kernel)
    moved(box, box.a, 1, 1)
    first = box.call(OP_SPAWN)
    near = merge_area(box, 5, task=first)  # scanned after the moved page's own process ...
    m = box.m
    m.ksm[KSM_SCAN_MM] = m.task_mm[first]  # ... unless the cursor is there already
    box.ksmd(1)
    assert m.stable_misplaced[1] == 1
    assert box.page(near, first) != box.page()
    box.ksmd(1)
    assert (m.stable_nid[1], m.stable_misplaced[1]) == (1, 0)


@EVERY_KERNEL
def test_two_nodes_of_one_content_are_said_to_be_unknown(kernel: str) -> None:
    """The kernel would chain them."""
    box = apart_by_node(kernel)
    merge_area(box, 5, 5, cpu=1)
    box.ksmd(2)
    assert box.shares() == (2, 2, 0, 0)
    moved(box, box.a, 1, 1)
    with pytest.raises(NotModelled):
        box.ksmd(1)


@EVERY_KERNEL
def test_a_ksm_page_is_not_replaced_by_another_of_its_content(kernel: str) -> None:
    box = apart_by_node(kernel)
    far = merge_area(box, 5, 5, cpu=1)
    box.ksmd(2)
    box.munmap(box.a, 1)
    moved(box, box.a + 4096, 1, 1)
    old = box.page(box.at(1))
    box.ksmd(2)
    # page_address_in_vma finds no place for a KSM page: it cannot be replaced, only waits
    assert box.page(box.at(1)) == old != box.page(far)
    check_counts(box)


@EVERY_KERNEL
def test_mlock_goes_over_to_the_ksm_page(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    assert box.mlock(box.a, 2) == 0
    m = box.m
    assert m.vmstat[NR_MLOCK] == 2
    box.ksmd(2)
    box.drain()
    assert box.shares() == (1, 1, 0, 0)
    assert m.page_flags[box.page()] & PG_MLOCKED
    assert m.vmstat[NR_MLOCK] == 1
    check_counts(box)


@EVERY_KERNEL
def test_a_second_pass_of_run_2_finds_nothing_to_do(kernel: str) -> None:
    box = mergeable(kernel, 5, 5)
    box.ksmd(2)
    for _ in range(2):
        assert box.ksm_set(SET_KSM_RUN, 2) == 0
    assert box.shares() == (0, 0, 0, 0)
    assert box.ksm_set(SET_KSM_MAX_PAGE_SHARING, 8) == 0
