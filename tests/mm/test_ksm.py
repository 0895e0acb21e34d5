"""KSM.  Expected values: mm/ksm.c of 5.17 and 6.1.192 read by hand, sites-policy section 7."""

from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_RW, PAGE_SPECIAL, pte_pfn
from linuxmm.errors import NotModelled
from linuxmm.kernels import Kernel, Test, load
from linuxmm.machine import Machine, simple_spec
from linuxmm.mm.ksm.madvise import ksm_madvise_mergeable
from linuxmm.mm.ksm.stable_node import memcmp_pages
from linuxmm.mm.ksm.sysfs import KSM_FILES, KSM_MM_FILES
from linuxmm.mm.page import (
    get_page,
    is_zone_device_page,
    page_ksm,
    page_to_nid,
    pfn_to_page,
    put_page,
)
from linuxmm.mm.rmap import vma_pte_slot
from linuxmm.mm.steps.ksm import OP_KSM_READ, OP_KSM_READ_MM, OP_KSM_SET, OP_KSMD
from linuxmm.mm.steps.lru import OP_MADVISE
from linuxmm.mm.steps.memory import (
    OP_EXIT,
    OP_FORK,
    OP_MMAP,
    OP_MUNMAP,
    OP_READ,
    OP_SPAWN,
    OP_WRITE,
)
from linuxmm.mm.steps.migrate import OP_HMM_MIGRATE, OP_MPROTECT
from linuxmm.mm.vma import find_vma
from linuxmm.scenario.parse import parse
from linuxmm.scenario.run import run_scenario
from linuxmm.state.constants import (
    EAGAIN,
    EBUSY,
    EINVAL,
    ENOMEM,
    EVENT_NAMES,
    MM_ANONPAGES,
    NR_MM_COUNTERS,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_LOCKED,
    RANGE_COHERENT,
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
    KSM_DEVICE,
    MAX_KSM_NODES,
    NR_EVENTS,
    NR_KSM,
    SIZE_Q,
    SIZE_R,
    SIZE_V,
    Column,
)
from linuxmm.state.vocabulary import SITES

PROT_NONE, PROT_RW, MAP_SHARED, MAP_PRIVATE = 0, 3, 1, 2
MADV_MERGEABLE, MADV_UNMERGEABLE = 12, 13
SCENARIOS = Path(__file__).parents[2] / "scenarios" / "ksm"
KERNELS = ("v5.17-coherent", "split-v1", "v6.1")
EVERY_KERNEL = pytest.mark.parametrize("kernel", KERNELS)


class Box:
    """A machine with one process and a mergeable area of which each page has its own contents."""

    def __init__(self, kernel: str | Kernel, *tags: int, merge: bool = True) -> None:
        self.machine = Machine(kernel, simple_spec(nodes=2, coherent=1, cpus=2))
        self.device_merges = 0  # device pages that ksmd put into a tree or merged
        self.task = self.call(OP_SPAWN)
        self.start = self.map(*tags, merge=merge) if tags else 0
        self.call(OP_KSM_SET, a=SET_KSM_RUN, b=1)

    def call(self, op: int, task: int = 0, a: int = 0, b: int = 0, c: int = 0) -> int:
        return self.machine.call(op, task, a, b, c)

    def map(self, *tags: int, task: int = 0, merge: bool = True, cpu: int = 0) -> int:
        task = task or self.task
        start = self.machine.call(OP_MMAP, task, len(tags), PROT_RW, MAP_PRIVATE, cpu=cpu)
        for i, tag in enumerate(tags):
            assert self.machine.call(OP_WRITE, task, start + i * 4096, 1, tag, cpu=cpu) == 0
        if merge:
            self.mergeable(start, task)
        return start

    def vma(self, addr: int, task: int = 0) -> int:
        m = self.machine.block.m
        return find_vma(m, m.task_mm[task or self.task], addr)

    def mergeable(self, addr: int, task: int = 0) -> None:
        m, vma = self.machine.block.m, self.vma(addr, task)
        npages = (m.vma_end[vma] - addr) >> 12
        assert self.call(OP_MADVISE, task or self.task, addr, npages, MADV_MERGEABLE) == 0

    def unmerge(self, start: int, npages: int) -> int:
        return self.call(OP_MADVISE, self.task, start, npages, MADV_UNMERGEABLE)

    def ksmd(self, passes: int = 2) -> None:
        for _ in range(passes):
            self.call(OP_KSMD)
            self.device_merges += self.machine.block.m.scratch[KSM_DEVICE]

    def counters(self) -> dict[str, int]:
        n = self.call(OP_KSM_READ)
        return dict(zip(KSM_FILES, self.machine.out(n), strict=True))

    def shares(self) -> tuple[int, int, int, int]:
        c = self.counters()
        names = ("pages_shared", "pages_sharing", "pages_unshared", "pages_volatile")
        return (c[names[0]], c[names[1]], c[names[2]], c[names[3]])

    def mm_counters(self, task: int = 0) -> dict[str, int]:
        n = self.call(OP_KSM_READ_MM, task or self.task)
        return dict(zip(KSM_MM_FILES, self.machine.out(n), strict=True))

    def pte(self, i: int, start: int = 0, task: int = 0) -> int:
        m, addr = self.machine.block.m, (start or self.start) + i * 4096
        return m.pte[vma_pte_slot(m, self.vma(addr, task), addr)]

    def page(self, i: int, start: int = 0, task: int = 0) -> int:
        return pfn_to_page(self.machine.block.m, pte_pfn(self.pte(i, start, task)))

    def read(self, n: int, start: int = 0, task: int = 0) -> list[int]:
        assert self.call(OP_READ, task or self.task, start or self.start, n) == n
        return self.machine.out(n)

    def to_device(self, i: int) -> None:
        m = self.machine.block.m
        r = next(r for r in range(m.used[SIZE_R]) if m.range_type[r] == RANGE_COHERENT)
        addr = self.start + i * 4096
        assert self.machine.call(OP_HMM_MIGRATE, 0, self.task, addr, 1, r) == 0
        assert is_zone_device_page(m, self.page(i))

    def device_nodes(self) -> int:
        m = self.machine.block.m
        return sum(
            is_zone_device_page(m, m.stable_page[q])
            for q in range(1, m.used[SIZE_Q])
            if m.stable_page[q]
        )


def all_zero(column: Column, rows: int) -> bool:
    return not any(column[i] for i in range(rows))


def refcounts_hold(box: Box) -> None:
    """Every page's references are its entries (nothing else holds any here, zero page apart)."""
    m = box.machine.block.m
    mapped: dict[int, int] = {}
    for vma in range(1, m.used[SIZE_V]):
        for i in range((m.vma_end[vma] - m.vma_start[vma]) >> 12 if m.vma_mm[vma] else 0):
            page = pfn_to_page(m, pte_pfn(m.pte[m.vma_ptes[vma] + i]))
            if m.pte[m.vma_ptes[vma] + i] and page != m.setting[SET_ZERO_PAGE]:
                mapped[page] = mapped.get(page, 0) + 1
    for page, entries in mapped.items():
        assert (m.page_refcount[page], m.page_mapcount[page]) == (entries, entries), page


# --- merging ---
@EVERY_KERNEL
@pytest.mark.parametrize("n", [2, 3, 5])
def test_n_equal_pages_become_one(kernel: str, n: int) -> None:
    """Shared 1, sharing N-1 (sites-policy 7b); RSS stays, one page carries all mappings."""
    box = Box(kernel, *[0x5A] * n)
    rss = box.machine.block.m.mm_rss[1 * NR_MM_COUNTERS + MM_ANONPAGES]
    box.ksmd(2)
    assert box.shares() == (1, n - 1, 0, 0)
    assert len({box.page(i) for i in range(n)}) == 1
    m, page = box.machine.block.m, box.page(0)
    assert (m.page_mapcount[page], m.page_refcount[page]) == (n, n)
    assert m.mm_rss[1 * NR_MM_COUNTERS + MM_ANONPAGES] == rss
    assert box.read(n) == [0x5A] * n
    assert box.mm_counters() == {"ksm_merging_pages": n, "ksm_rmap_items": n}


@EVERY_KERNEL
def test_a_page_needs_two_visits(kernel: str) -> None:
    """The stored checksum starts at 0: the first visit only stores it."""
    box = Box(kernel, 1, 1)
    box.ksmd(1)
    assert box.shares() == (0, 0, 0, 2)
    box.call(OP_WRITE, box.task, box.start, 1, 2)  # changed between the visits: stored anew
    box.ksmd(1)
    assert box.shares() == (0, 0, 1, 1)


@EVERY_KERNEL
def test_the_scanned_page_becomes_the_ksm_page(kernel: str) -> None:
    box = Box(kernel, 7, 7)
    first, second = box.page(0), box.page(1)
    box.ksmd(2)
    m = box.machine.block.m
    assert box.page(0) == box.page(1) == second
    assert m.page_refcount[first] == 0 and not m.page_flags[first]
    assert page_ksm(m, second) and m.page_flags[second] & PG_DIRTY
    assert not m.page_flags[second] & PG_ANON_EXCLUSIVE
    for i in (0, 1):
        assert not box.pte(i) & (PAGE_RW | PAGE_DIRTY)
    refcounts_hold(box)


@EVERY_KERNEL
def test_different_pages_wait_in_the_unstable_tree(kernel: str) -> None:
    box = Box(kernel, 1, 2, 3, 4)
    box.ksmd(2)
    assert box.shares() == (0, 0, 4, 0)
    box.ksmd(1)  # the tree is emptied and filled again
    assert box.shares() == (0, 0, 4, 0)


@EVERY_KERNEL
def test_pages_of_two_processes_merge(kernel: str) -> None:
    box = Box(kernel, 9)
    other = box.call(OP_SPAWN)
    start = box.map(9, task=other)
    box.ksmd(3)
    assert box.shares() == (1, 1, 0, 0)
    assert box.page(0) == box.page(0, start, other)
    refcounts_hold(box)


@EVERY_KERNEL
def test_pages_to_scan_counts_pages(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    for n in range(1, 6):  # the third turn finds the end of the pass
        box.call(OP_KSMD, a=1)
        assert box.counters()["full_scans"] == (1 if n >= 3 else 0)
    assert box.shares() == (1, 1, 0, 0)


@EVERY_KERNEL
def test_passes_in_one_step(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    box.call(OP_KSMD, a=0, b=3)
    assert box.counters()["full_scans"] == 3
    assert box.shares() == (1, 1, 0, 0)


@EVERY_KERNEL
def test_ksmd_rests_unless_run_is_1(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    box.call(OP_KSM_SET, a=SET_KSM_RUN, b=0)
    box.ksmd(2)
    assert box.shares() == (0, 0, 0, 0)


@EVERY_KERNEL
def test_a_reference_from_elsewhere_keeps_a_page_apart(kernel: str) -> None:
    """mapcount + 1 must be the refcount: a get, a pin or a batch stands against merging."""
    box = Box(kernel, 5, 5)
    m = box.machine.block.m
    get_page(m, box.page(1))
    box.ksmd(3)
    assert box.shares() == (0, 0, 1, 1)
    assert box.pte(1) & PAGE_RW
    put_page(m, box.machine.k, box.page(1))
    box.ksmd(1)
    assert box.shares() == (1, 1, 0, 0)


@EVERY_KERNEL
def test_half_a_merge_is_undone(kernel: str) -> None:
    """The tree's page is held: the scanned page has become KSM and is broken again."""
    box = Box(kernel, 5, 5)
    get_page(box.machine.block.m, box.page(0))
    before = box.page(1)
    box.ksmd(2)
    m = box.machine.block.m
    assert box.shares() == (0, 0, 1, 1)
    assert box.page(1) != before and not page_ksm(m, box.page(1))
    assert box.read(2) == [5, 5] and box.pte(1) & PAGE_RW
    assert m.vmstat[COW_KSM] == 1


@EVERY_KERNEL
def test_a_locked_page_is_left_alone(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    m = box.machine.block.m
    m.page_flags[box.page(1)] |= PG_LOCKED
    box.ksmd(2)
    assert box.shares() == (0, 0, 1, 1)


# --- fork, COW, unmapping ---
@EVERY_KERNEL
def test_a_page_shared_by_fork_is_met_as_itself(kernel: str) -> None:
    """Two items, one page: the second search finds the page itself and stops."""
    box = Box(kernel, 5)
    box.call(OP_FORK, box.task)
    box.ksmd(3)
    assert box.shares() == (0, 0, 1, 1)


@EVERY_KERNEL
def test_a_ksm_page_shared_by_fork_gains_items_only(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    box.ksmd(2)
    child = box.call(OP_FORK, box.task)
    ptes = [box.pte(i, 0, child) for i in (0, 1)]
    assert box.shares() == (1, 1, 0, 0)
    box.ksmd(2)
    assert box.shares() == (1, 3, 0, 0)
    assert [box.pte(i, 0, child) for i in (0, 1)] == ptes
    refcounts_hold(box)


@EVERY_KERNEL
def test_a_write_copies_and_the_counters_follow_with_the_next_scan(kernel: str) -> None:
    box = Box(kernel, 5, 5, 5)
    box.ksmd(2)
    box.call(OP_WRITE, box.task, box.start, 1, 6)
    assert box.machine.block.m.vmstat[COW_KSM] == 1
    assert box.shares() == (1, 2, 0, 0)
    box.ksmd(1)
    assert box.shares() == (1, 1, 0, 1)
    assert box.read(3) == [6, 5, 5]
    refcounts_hold(box)


@EVERY_KERNEL
def test_munmap_leaves_the_items_until_the_next_scan(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    keep = box.map(1)
    box.ksmd(2)
    box.call(OP_MUNMAP, box.task, box.start, 2)
    assert box.shares() == (1, 1, 1, 0)
    box.ksmd(1)
    assert box.shares() == (0, 0, 1, 0)
    assert all_zero(box.machine.block.m.stable_page, 8)
    assert box.read(1, keep) == [1]


@EVERY_KERNEL
def test_a_stale_node_goes_when_its_page_is_somebody_elses(kernel: str) -> None:
    """The pfn is in use again, its mapping does not name the node: a search removes the node."""
    box = Box(kernel, 5, 5)
    box.ksmd(2)
    page = box.page(0)
    box.call(OP_MUNMAP, box.task, box.start, 2)
    again = box.map(9, 9, 9)
    assert page in [box.page(i, again) for i in range(3)]
    box.ksmd(2)
    assert box.shares() == (1, 2, 0, 0)
    refcounts_hold(box)


@EVERY_KERNEL
def test_exit_leaves_the_items_to_ksmd(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    box.map(1, task=box.call(OP_SPAWN))
    box.ksmd(2)
    box.call(OP_EXIT, box.task)
    assert box.shares() == (1, 1, 1, 0)
    box.ksmd(1)
    assert box.shares() == (0, 0, 1, 0)


@EVERY_KERNEL
def test_exit_without_items_leaves_the_list_at_once(kernel: str) -> None:
    box = Box(kernel, 5)
    box.call(OP_EXIT, box.task)
    m = box.machine.block.m
    assert all_zero(m.ksm, NR_KSM) and all_zero(m.mm_flags, 5)


@EVERY_KERNEL
def test_the_row_of_a_dead_mm_is_not_reused_while_ksmd_has_it(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    box.ksmd(2)
    old = box.machine.block.m.task_mm[box.task]
    box.call(OP_EXIT, box.task)
    new = box.call(OP_SPAWN)
    assert box.machine.block.m.task_mm[new] != old
    box.ksmd(1)
    assert box.shares() == (0, 0, 0, 0)
    assert box.machine.block.m.task_mm[box.call(OP_SPAWN)] == old


@EVERY_KERNEL
def test_an_mm_without_mergeable_areas_leaves_the_list(kernel: str) -> None:
    box = Box(kernel, 5)
    box.ksmd(1)
    box.call(OP_MUNMAP, box.task, box.start, 1)
    box.ksmd(1)
    m = box.machine.block.m
    assert all_zero(m.ksm, NR_KSM) and not m.mm_flags[m.task_mm[box.task]]


# --- unmerging ---
@EVERY_KERNEL
def test_unmergeable_gives_every_address_its_own_page(kernel: str) -> None:
    box = Box(kernel, 5, 5, 5)
    box.ksmd(2)
    assert box.unmerge(box.start, 3) == 0
    m = box.machine.block.m
    assert len({box.page(i) for i in range(3)}) == 3
    assert not any(page_ksm(m, box.page(i)) for i in range(3))
    assert box.read(3) == [5, 5, 5]
    assert not m.vma_flags[box.vma(box.start)] & VM_MERGEABLE
    assert m.vmstat[COW_KSM] == 3


@EVERY_KERNEL
def test_unmergeable_without_memory_is_enomem(kernel: str) -> None:
    """madvise makes -EAGAIN of the -ENOMEM; the area stays mergeable."""
    box = Box(kernel, 5, 5)
    box.ksmd(2)
    m = box.machine.block.m
    m.setting[SET_FAIL_ALLOC] = 1
    assert box.unmerge(box.start, 2) == -EAGAIN
    assert m.vma_flags[box.vma(box.start)] & VM_MERGEABLE


@pytest.mark.parametrize(
    ("kernel", "broken"), [("v5.17-coherent", True), ("split-v1", True), ("v6.1", False)]
)
def test_unmergeable_of_memory_without_access(kernel: str, broken: bool) -> None:
    """6.1's follow_page gives none for a PROT_NONE entry: the page stays a KSM page."""
    box = Box(kernel, 5, 5)
    box.ksmd(2)
    assert box.call(OP_MPROTECT, box.task, box.start, 2, PROT_NONE) == 0
    assert box.unmerge(box.start, 2) == 0
    assert (box.page(0) != box.page(1)) is broken
    assert box.call(OP_MPROTECT, box.task, box.start, 2, PROT_RW) == 0
    assert box.read(2) == [5, 5]


@EVERY_KERNEL
def test_run_2_unmerges_everything(kernel: str) -> None:
    box = Box(kernel, 5, 5, 1)
    box.ksmd(2)
    assert box.call(OP_KSM_SET, a=SET_KSM_RUN, b=2) == 0
    assert box.shares() == (0, 0, 0, 0)
    assert box.counters()["full_scans"] == 0
    m = box.machine.block.m
    assert m.vma_flags[box.vma(box.start)] & VM_MERGEABLE
    assert all_zero(m.stable_page, 8) and all_zero(m.item_mm, 24)
    assert all_zero(m.ksm_root, 2 * MAX_KSM_NODES)
    assert box.read(3) == [5, 5, 1]
    assert box.call(OP_KSM_SET, a=SET_KSM_RUN, b=1) == 0
    box.ksmd(2)
    assert box.shares() == (1, 1, 1, 0)


@EVERY_KERNEL
def test_run_2_without_memory_stops_ksm(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    box.ksmd(2)
    box.machine.block.m.setting[SET_FAIL_ALLOC] = 1
    assert box.call(OP_KSM_SET, a=SET_KSM_RUN, b=2) == -ENOMEM
    assert box.counters()["run"] == 0


# --- marking ---
@EVERY_KERNEL
def test_shared_and_driver_memory_is_never_marked(kernel: str) -> None:
    box = Box(kernel)
    start = box.machine.call(OP_MMAP, box.task, 1, PROT_RW, MAP_SHARED)
    box.mergeable(start)
    assert not box.machine.block.m.vma_flags[box.vma(start)] & VM_MERGEABLE
    private = box.map(1, merge=False)
    m, vma = box.machine.block.m, box.vma(private)
    m.vma_flags[vma] |= VM_MIXEDMAP
    assert not ksm_madvise_mergeable(m, box.machine.k, vma) & VM_MERGEABLE


@EVERY_KERNEL
def test_an_area_that_is_not_marked_is_not_scanned(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    box.map(5, merge=False)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)


# --- settings ---
@EVERY_KERNEL
def test_settings_refuse_what_the_kernel_refuses(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    for which, value in (
        (SET_KSM_RUN, 3),
        (SET_KSM_MERGE_ACROSS_NODES, 2),
        (SET_KSM_MAX_PAGE_SHARING, 1),
        (SET_KSM_USE_ZERO_PAGES, 2),
    ):
        assert box.call(OP_KSM_SET, a=which, b=value) == -EINVAL
    box.ksmd(2)
    assert box.call(OP_KSM_SET, a=SET_KSM_MERGE_ACROSS_NODES, b=0) == -EBUSY
    assert box.call(OP_KSM_SET, a=SET_KSM_MAX_PAGE_SHARING, b=8) == -EBUSY
    assert box.call(OP_KSM_SET, a=SET_KSM_MAX_PAGE_SHARING, b=256) == 0  # no change


@EVERY_KERNEL
def test_a_tree_for_each_node(kernel: str) -> None:
    """merge_across_nodes=0: CPU 1's pages come from node 1 and meet only their like."""
    box = Box(kernel, 5, 5)
    assert box.call(OP_KSM_SET, a=SET_KSM_MERGE_ACROSS_NODES, b=0) == 0
    far = box.map(5, 5, cpu=1)
    m = box.machine.block.m
    assert page_to_nid(m, box.page(0)) == 0 and page_to_nid(m, box.page(0, far)) == 1
    box.ksmd(2)
    assert box.shares() == (2, 2, 0, 0)
    assert box.page(0) != box.page(0, far)


@EVERY_KERNEL
def test_merging_across_nodes_is_the_default(kernel: str) -> None:
    box = Box(kernel, 5, 5)
    box.map(5, 5, cpu=1)
    box.ksmd(2)
    assert box.shares() == (1, 3, 0, 0)


@EVERY_KERNEL
def test_use_zero_pages(kernel: str) -> None:
    """Pages of zeroes become the zero page: no longer anonymous memory, in no tree."""
    box = Box(kernel, 0, 0, 5)
    box.call(OP_KSM_SET, a=SET_KSM_USE_ZERO_PAGES, b=1)
    box.ksmd(2)
    m = box.machine.block.m
    assert [box.page(i) == m.setting[SET_ZERO_PAGE] for i in range(3)] == [True, True, False]
    assert box.pte(0) & PAGE_SPECIAL and not box.pte(0) & PAGE_RW
    assert m.mm_rss[1 * NR_MM_COUNTERS + MM_ANONPAGES] + m.task_rss[NR_MM_COUNTERS + 1] == 1
    assert box.shares() == (0, 0, 1, 2)
    box.ksmd(1)
    assert box.shares() == (0, 0, 1, 0)  # the zero page is not anonymous: its items go


@EVERY_KERNEL
def test_pages_of_zeroes_merge_like_others_by_default(kernel: str) -> None:
    box = Box(kernel, 0, 0)
    box.ksmd(1)
    assert box.shares() == (0, 0, 0, 2)
    box.ksmd(1)
    assert box.shares() == (1, 1, 0, 0)


@EVERY_KERNEL
def test_beyond_max_page_sharing_is_said_to_be_unknown(kernel: str) -> None:
    box = Box(kernel, 5, 5, 5, 5)
    assert box.call(OP_KSM_SET, a=SET_KSM_MAX_PAGE_SHARING, b=2) == 0
    with pytest.raises(NotModelled):
        box.ksmd(4)


def test_contents_are_ordered_as_memory_is() -> None:
    """memcmp sees the lowest byte of a 64-bit value first, and bytes without sign."""
    m = Machine("v6.1").block.m
    for a, b, order in ((1, 2, -1), (0x0100, 0x0001, -1), (-1, 1, 1), (5, 5, 0)):
        m.page_tag[1], m.page_tag[2] = a, b
        assert memcmp_pages(m, 1, 2) == order


# --- device pages ---
def with_device_page(kernel: str | Kernel, device: int, *tags: int) -> Box:
    box = Box(kernel, *tags)
    box.to_device(device)
    return box


def test_base_merges_a_device_page_like_any_other() -> None:
    """The scanner and get_mergeable_page follow any page: the device page is replaced, freed."""
    box = with_device_page("v5.17-coherent", 0, 5, 5)
    device = box.page(0)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)
    assert box.device_merges
    assert box.page(0) == box.page(1) != device
    assert box.machine.block.m.page_mapcount[device] == 0
    refcounts_hold(box)


@pytest.mark.parametrize("kernel", KERNELS[:2])
def test_a_scanned_device_page_becomes_the_ksm_page(kernel: str) -> None:
    """Nothing in the merge tests for device pages: a stable node then stands for one."""
    box = with_device_page(kernel, 1, 5, 5)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)
    assert is_zone_device_page(box.machine.block.m, box.page(0))
    assert box.device_nodes() == 1
    refcounts_hold(box)


def test_split_v1_stops_merging_behind_a_device_page() -> None:
    """The scanner inserts it (site untouched), get_mergeable_page refuses it: searches end."""
    box = with_device_page("split-v1", 0, 5, 5, 5)
    box.ksmd(4)
    assert box.shares() == (0, 0, 1, 2)
    assert box.page(1) != box.page(2)
    refcounts_hold(box)


def test_split_v1_blocks_other_contents_as_well() -> None:
    """The device page is the root of the unstable tree: every search of the pass visits it."""
    box = with_device_page("split-v1", 0, 5, 7, 7, 3)
    box.ksmd(3)
    assert box.shares() == (0, 0, 1, 3)


def test_split_v1_merges_a_device_page_into_a_stable_node() -> None:
    box = with_device_page("split-v1", 2, 5, 5, 5)
    box.ksmd(2)
    assert box.shares() == (1, 2, 0, 0)
    assert box.device_nodes() == 0


def test_split_v1_cannot_break_a_device_ksm_page() -> None:
    """break_ksm asks for LRU pages: none, so it returns 0 and both addresses stay shared."""
    box = with_device_page("split-v1", 1, 5, 5)
    box.ksmd(2)
    assert box.unmerge(box.start, 2) == 0
    assert box.page(0) == box.page(1) and page_ksm(box.machine.block.m, box.page(0))


def test_base_breaks_a_device_ksm_page() -> None:
    box = with_device_page("v5.17-coherent", 1, 5, 5)
    box.ksmd(2)
    assert box.unmerge(box.start, 2) == 0
    assert box.page(0) != box.page(1)
    assert box.read(2) == [5, 5]


def test_v61_never_sees_a_device_page() -> None:
    box = with_device_page("v6.1", 0, 5, 5, 5)
    device = box.page(0)
    box.ksmd(3)
    m = box.machine.block.m
    assert box.shares() == (1, 1, 0, 0)
    assert box.page(0) == device and m.page_refcount[device] == 1
    assert box.device_merges == 0
    refcounts_hold(box)


def test_v61_stops_at_a_tree_page_that_went_to_a_device() -> None:
    """get_mergeable_page refuses it and drops its reference: that search ends, no more."""
    box = Box("v6.1", 1, 5, 5)
    box.ksmd(1)
    box.call(OP_KSMD, a=1)
    box.to_device(0)
    box.call(OP_KSMD, a=2)
    assert box.shares() == (0, 0, 1, 2)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)
    refcounts_hold(box)


# --- seeded wrong rules ---
def without_test(kernel: str, site: str, refuse: str) -> Kernel:
    k = load(kernel)
    rule = k.site(site)
    tests = tuple(test for test in rule.tests if test.refuse != refuse)
    assert tests != rule.tests
    return k.with_site(replace(rule, tests=tests))


def test_ksm_device_sees_a_scanner_without_its_test() -> None:
    site = "mm/ksm.c:scan_get_next_rmap_item"
    box = with_device_page(without_test("v6.1", site, "zone_device"), 0, 5)
    box.ksmd(1)
    assert box.device_merges == 0
    box.ksmd(1)
    assert box.device_merges == 1
    assert box.shares() == (0, 0, 1, 0)


def test_ksm_device_migrated_sees_a_node_for_a_device_page() -> None:
    site = "mm/ksm.c:scan_get_next_rmap_item"
    box = with_device_page(without_test("v6.1", site, "zone_device"), 1, 5, 5)
    box.ksmd(2)
    assert box.device_nodes() == 1


def test_the_reference_of_a_refused_page_counts() -> None:
    """A scanner that forgets to drop it (`put = false`) leaks one reference a pass."""
    site = "mm/ksm.c:get_mergeable_page"
    k = load("v6.1")
    rule = k.site(site)
    leaky = tuple(replace(t, put=False) for t in rule.tests)
    scan = "mm/ksm.c:scan_get_next_rmap_item"
    kernel = without_test("v6.1", scan, "zone_device").with_site(replace(rule, tests=leaky))
    box = with_device_page(kernel, 0, 5, 7)
    device = box.page(0)
    box.ksmd(3)
    assert box.machine.block.m.page_refcount[device] == 3


def test_break_ksm_without_its_test_copies_any_shared_page() -> None:
    """Pages shared by fork are no KSM pages; the write fault would copy them all the same."""
    for kernel, copied in ((load("v6.1"), False), (careless_break_ksm(), True)):
        box = Box(kernel, 5)
        child = box.call(OP_FORK, box.task)
        assert box.unmerge(box.start, 1) == 0
        assert (box.page(0) != box.page(0, 0, child)) is copied


def careless_break_ksm() -> Kernel:
    return without_test("v6.1", "mm/ksm.c:break_ksm", "not_ksm")


def test_get_ksm_page_with_a_device_test_drops_such_nodes() -> None:
    """A kernel that refuses device pages there (no kernel does) takes their node for stale."""
    k = load("v5.17-coherent")
    rule = k.site("mm/ksm.c:get_ksm_page")
    test = Test(refuse="zone_device", gives="no_page", put=True, unless="")
    box = with_device_page(k.with_site(replace(rule, tests=(test,))), 1, 5, 5)
    box.ksmd(2)
    assert box.shares() == (1, 1, 0, 0)
    box.map(5)
    box.ksmd(1)
    assert box.device_nodes() == 0
    refcounts_hold(box)


def test_get_ksm_page_by_a_lookup_for_lru_pages_drops_such_nodes() -> None:
    k = load("split-v1")
    rule = k.site("mm/ksm.c:get_ksm_page")
    box = with_device_page(k.with_site(replace(rule, lookup=((0, "lru"),))), 1, 5, 5)
    box.ksmd(2)
    box.map(5)
    box.ksmd(1)
    assert box.device_nodes() == 0


# --- scenarios ---
@EVERY_KERNEL
@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.mm")), ids=lambda path: str(path.stem))
def test_scenario(path: Path, kernel: str) -> None:
    """Every expectation of scenarios/ksm holds on every kernel."""
    run = run_scenario(parse(path.read_bytes(), str(path)), kernel)
    assert (run.not_modelled, run.mismatches) == ("", ())


def test_no_event_is_logged_by_any_of_this() -> None:
    for kernel in KERNELS:
        box = with_device_page(kernel, 0, 5, 5, 5)
        m = box.machine.block.m
        for _ in range(3):
            box.ksmd(1)
            events = [EVENT_NAMES[m.event_code[i]] for i in range(m.scratch[NR_EVENTS])]
            assert events == [], (kernel, SITES[m.event_site[0]])
