# SPDX-License-Identifier: GPL-2.0-or-later
"""khugepaged and MADV_COLLAPSE: what the scenarios of scenarios/thp do not look at.

Expected values are counted by hand from mm/khugepaged.c of Debian's 6.1 and 5.17; what user space
sees of such steps was compared with a real 6.1 (docs/validation.md).
"""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_RW, pte_pfn
from linuxmm.errors import NotModelled
from linuxmm.kernels import load_text
from linuxmm.machine import simple_spec
from linuxmm.mm.compound import COMPOUND_MAPCOUNT, compound_head, of_whole
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.pgtable import leaves
from linuxmm.state.constants import (
    LIST_ISOLATED,
    MM_ANONPAGES,
    OPS_FILE,
    OPS_SHMEM,
    PG_ANON_EXCLUSIVE,
    PG_LOCKED,
    PG_LRU,
    SET_FAIL_ALLOC,
    SET_MAX_PTES_NONE,
    SET_MAX_PTES_SHARED,
    SET_MAX_PTES_SWAP,
    SET_THP,
    THP_ALWAYS,
    THP_MADVISE,
    THP_NEVER,
)
from linuxmm.steps.lru import OP_KHUGEPAGED
from linuxmm.steps.memory import OP_WRITE
from linuxmm.uapi import MADV_COLLAPSE, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_PAGEOUT
from tests.mm.box import Box

HUGE = 512
EVERY_KERNEL = pytest.mark.parametrize("kernel", ["v5.17-coherent", "split-v1", "v6.1"])


def a_table(kernel: str = "v6.1", written: int = 3, **spec: int) -> Box:
    """2 MiB of which some pages are written, then advised: khugepaged knows the process."""
    b = Box(kernel, spec=simple_spec(nodes=2, coherent=1, swap_slots=16, rows=32, **spec))
    b.m.setting[SET_THP] = THP_MADVISE
    b.a, b.n = b.mmap(HUGE), HUGE
    assert b.write(b.a, 0x11, written) == 0
    assert b.madvise(b.a, HUGE, MADV_HUGEPAGE) == 0
    return b


def scan(b: Box, passes: int = 1) -> None:
    assert b.call(OP_KHUGEPAGED, b.task, passes) == 0


def page_at(b: Box, addr: int, task: int = 0) -> int:
    mm = b.m.task_mm[task or b.task]
    return pfn_to_page(b.m, pte_pfn(mm_find_pte(b.m, mm, addr)))


def nr_leaves(b: Box, task: int = 0) -> int:
    return len(list(leaves(b.m, b.vma(b.a, task))))


def isolated(b: Box) -> int:
    return sum(1 for page in range(b.m.used[0]) if b.m.page_list[page] == LIST_ISOLATED)


# --- what becomes of a table ---
@EVERY_KERNEL
def test_three_pages_and_509_holes_become_one(kernel: str) -> None:
    """rss 3 -> 512; the leaf is dirty and writable; the old pages are free after a drain."""
    b = a_table(kernel)
    old = [page_at(b, b.at(i)) for i in range(3)]
    scan(b)
    m, head = b.m, page_at(b, b.a)
    word = next(word for _, word in leaves(m, b.vma(b.a)))
    assert word & PAGE_RW and word & PAGE_DIRTY
    assert (m.page_refcount[head], of_whole(m, head, COMPOUND_MAPCOUNT)) == (1, 1)
    assert m.page_flags[head] & PG_LRU and compound_head(m, head + 511) == head
    assert (m.page_flags[head] & PG_ANON_EXCLUSIVE != 0) == (kernel == "v6.1")
    assert b.rss(MM_ANONPAGES) == HUGE
    assert b.read(b.a, 5) == [0x11] * 3 + [0] * 2
    assert b.violations() == []
    b.drain()
    assert [b.m.page_refcount[page] for page in old] == [0, 0, 0]
    assert [b.vmstat(f"thp_collapse_{word}") for word in ("alloc", "alloc_failed")] == [1, 0]


def test_what_fails_leaves_no_trace() -> None:
    """Two entries of one KSM page: the second finds it locked; all are put back."""
    b = a_table(written=4)
    before = [b.m.page_refcount[page_at(b, b.at(i))] for i in range(4)]
    b.m.setting[SET_MAX_PTES_NONE] = 500
    scan(b)
    assert b.vmstat("thp_scan_exceed_none_pte") == 1 and nr_leaves(b) == 0
    assert before == [2] * 4  # mapped, and in a batch, which the pass has drained
    assert [b.m.page_refcount[page_at(b, b.at(i))] for i in range(4)] == [1] * 4
    assert isolated(b) == 0 and b.violations() == []


def test_a_page_that_others_hold_puts_all_back() -> None:
    """Pinned by the child after the look: swapped pages are looked at only when they are back."""
    b = a_table(written=300)
    b.drain()
    b.madvise(b.at(298), 2, MADV_PAGEOUT)
    child = b.fork()
    b.read(b.at(298), 2, task=child)
    b.write(b.at(5), 0x22)
    b.m.setting[SET_MAX_PTES_SHARED] = 297  # 298 are shared by the child, one of them was copied
    scan(b)
    assert b.vmstat("thp_scan_exceed_share_pte") == 1 and nr_leaves(b) == 0
    assert b.vmstat("thp_collapse_alloc") == 1  # so it was seen when the pages were isolated
    assert isolated(b) == 0 and b.vmstat("nr_isolated_anon") == 0
    assert not any(b.m.page_flags[page] & PG_LOCKED for page in range(b.m.used[0]))
    assert b.violations() == []
    b.m.setting[SET_MAX_PTES_SHARED] = 299
    scan(b)
    assert nr_leaves(b) == 1 and nr_leaves(b, child) == 0
    assert b.violations() == []


@pytest.mark.parametrize(("limit", "there"), [(1, 0), (2, 1)])
def test_so_many_may_be_swapped_out(limit: int, there: int) -> None:
    b = a_table(written=300)
    b.drain()
    b.madvise(b.a, 2, MADV_PAGEOUT)
    b.m.setting[SET_MAX_PTES_SWAP] = limit
    scan(b)
    assert nr_leaves(b) == there
    assert b.vmstat("thp_scan_exceed_swap_pte") == 1 - there
    assert b.read(b.a, 2) == [0x11] * 2 and b.violations() == []


def test_with_a_few_used_pages_khugepaged_reads_nothing_in() -> None:
    """Half of the table must have been used lately (SCAN_LACK_REFERENCED_PAGE); advice reads."""
    b = a_table(written=8)
    b.drain()
    b.madvise(b.a, 2, MADV_PAGEOUT)
    scan(b)
    assert nr_leaves(b) == 0 and b.vmstat("thp_collapse_alloc") == 0
    assert b.madvise(b.a, HUGE, MADV_COLLAPSE) == 0
    assert nr_leaves(b) == 1 and b.read(b.a, 3) == [0x11] * 3


def test_the_node_with_most_pages_has_the_huge_page() -> None:
    b = a_table(written=1)
    b.call(OP_WRITE, b.task, b.at(1), 2, 0x12, cpu=1)
    scan(b)
    m = b.m
    assert m.range_node[m.page_range[page_at(b, b.a)]] == 1


# --- whose memory it looks at ---
def test_who_is_on_the_list() -> None:
    """By MADV_HUGEPAGE on memory that has pages, by a huge fault, as a child."""
    b = Box("v6.1", spec=simple_spec(rows=32))
    b.m.setting[SET_THP] = THP_MADVISE
    mm = b.m.task_mm[b.task]
    b.a = b.mmap(HUGE)
    b.madvise(b.a, HUGE, MADV_HUGEPAGE)
    assert b.m.mm_khugepaged[mm] == 0  # no anon_vma yet
    b.write(b.a, 1)
    assert b.m.mm_khugepaged[mm] == 1
    child = b.fork()
    of_child = b.m.task_mm[child]
    assert b.m.mm_khugepaged[of_child] == 2
    b.exit(b.task)
    assert b.m.mm_khugepaged[mm] == 0 and b.m.mm_khugepaged[of_child] == 1


def test_settings_decide() -> None:
    b = a_table()
    b.m.setting[SET_THP] = THP_NEVER
    scan(b)
    assert nr_leaves(b) == 0
    b.m.setting[SET_THP] = THP_ALWAYS
    b.madvise(b.a, HUGE, MADV_NOHUGEPAGE)
    scan(b)
    assert nr_leaves(b) == 0 and b.madvise(b.a, HUGE, MADV_COLLAPSE) == -22
    b.madvise(b.a, HUGE, MADV_HUGEPAGE)
    scan(b)
    assert nr_leaves(b) == 1


# --- MADV_COLLAPSE ---
def test_advice_goes_on_behind_what_may_work_later() -> None:
    """The first table is read-only (goes on, -EINVAL), the second becomes a huge page."""
    b = a_table()
    b.a = b.mmap(2 * HUGE)
    b.write(b.a, 1)
    b.write(b.at(HUGE), 2)
    b.fork()
    b.write(b.at(HUGE), 3)
    assert b.madvise(b.a, 2 * HUGE, MADV_COLLAPSE) == -22
    assert nr_leaves(b) == 1
    b.write(b.a, 4)
    assert b.madvise(b.a, 2 * HUGE, MADV_COLLAPSE) == 0
    assert nr_leaves(b) == 2


def test_without_memory_advice_says_so_and_khugepaged_is_not_followed() -> None:
    b = a_table()
    b.m.setting[SET_FAIL_ALLOC] = 1
    assert b.madvise(b.a, HUGE, MADV_COLLAPSE) == -12
    assert b.vmstat("thp_collapse_alloc_failed") == 1
    b.m.setting[SET_FAIL_ALLOC] = 1
    with pytest.raises(NotModelled, match="transparent huge pages"):
        scan(b)


def test_files_are_refused_and_shmem_of_which_there_is_nothing() -> None:
    b = a_table()
    b.a = b.file(OPS_FILE, HUGE)
    assert b.madvise(b.a, HUGE, MADV_COLLAPSE) == -22
    b.a = b.file(OPS_SHMEM, HUGE)
    assert b.madvise(b.a, HUGE, MADV_COLLAPSE) == -22
    b.write(b.a, 0x11)
    assert b.madvise(b.a, HUGE, MADV_COLLAPSE) == 0
    assert b.vmstat("nr_shmem_pmdmapped") == 1


@pytest.mark.parametrize("kernel", ["v5.17-coherent", "split-v1"])
def test_before_6_1_there_is_no_such_advice(kernel: str) -> None:
    assert a_table(kernel).madvise(0, HUGE, MADV_COLLAPSE) == -22


# --- a wrong rule ---
WRONG = """base = "v6.1"
[site."mm/khugepaged.c:__collapse_huge_page_isolate"]
tests = [{ refuse = "zone_device", gives = "abort" }]
"""


def test_a_kernel_that_isolates_nothing_breaks_promises() -> None:
    """Nothing takes the pages off the LRU: what is put back was never taken."""
    b = Box(load_text(WRONG, "wrong"), spec=simple_spec(rows=32), checked=False)
    b.m.setting[SET_THP] = THP_MADVISE
    b.a = b.mmap(HUGE)
    b.write(b.a, 0x11, 3)
    b.madvise(b.a, HUGE, MADV_HUGEPAGE)
    scan(b)
    assert {"refcount", "isolated"} & {violation.invariant for violation in b.violations()}
