# SPDX-License-Identifier: GPL-2.0-or-later
"""fork and zap: facts/faults.md; rss and counters after exit."""

import pytest

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_RW,
    SWP_SOFT_DIRTY,
    pte_none,
    pte_pfn,
)
from linuxmm.kernels import load
from linuxmm.state.constants import (
    MM_ANONPAGES,
    MM_FILEPAGES,
    MM_SHMEMPAGES,
    NR_MM_COUNTERS,
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_SHMEM,
    PG_ALLOCATED,
    PG_DIRTY,
    PG_REFERENCED,
)
from linuxmm.state.flags import FOLL_PIN, FOLL_WRITE
from linuxmm.steps.memory import (
    OP_CLONE_THREAD,
    OP_EXIT,
)
from linuxmm.uapi import MAP_PRIVATE
from tests.mm.box import PRIVATE, Box
from tests.some_kernels import EVERY_KERNEL, SPLIT, behaving


@EVERY_KERNEL
def test_fork_shares_and_write_protects(kernel: str) -> None:
    """+1 reference, +1 mapcount, RW cleared in both, child old, dirty stays (COW)."""
    box = Box(kernel)
    a = box.anon(1)
    box.write(a)
    box.drain()
    child = box.fork()
    parent_word, child_word = box.pte(a), box.pte(a, child)
    assert pte_pfn(parent_word) == pte_pfn(child_word)
    assert not parent_word & PAGE_RW and not child_word & PAGE_RW
    assert parent_word & PAGE_ACCESSED and not child_word & PAGE_ACCESSED
    assert child_word & PAGE_DIRTY
    assert box.rss(MM_ANONPAGES, child) == 1


@EVERY_KERNEL
def test_shared_file_entries_are_left_to_faults(kernel: str) -> None:
    """No anon_vma, no PFNMAP, no MIXEDMAP: the child faults them in itself."""
    box = Box(kernel)
    a = box.file(OPS_SHMEM)
    box.write(a, 8)
    child = box.fork()
    assert pte_none(box.pte(a, child))
    assert box.read(a, task=child) == [8]


@EVERY_KERNEL
def test_a_pinned_page_is_copied_for_the_child(kernel: str) -> None:
    """The parent's entry is not touched, the child gets a writable copy in RAM."""
    box = Box(kernel)
    a = box.anon(1)
    box.write(a, 1)
    box.drain()
    assert box.gup(a, FOLL_PIN | FOLL_WRITE) == 1
    before = box.pte(a)
    child = box.fork()
    assert box.pte(a) == before
    assert pte_pfn(box.pte(a, child)) != pte_pfn(before)
    assert box.pte(a, child) & PAGE_RW
    assert box.read(a, task=child) == [1]
    box.put()


@EVERY_KERNEL
def test_a_private_dax_mapping_is_copied_once_it_has_an_anon_vma(kernel: str) -> None:
    """Raw copy without counts; split-v1 reports the uncopied entries (facts/faults.md)."""
    box = Box(kernel, checked=kernel != SPLIT)
    a = box.file(OPS_FSDAX, 2, flags=MAP_PRIVATE)
    box.read(a, 2)
    box.write(a, 1)
    box.fork()
    names = box.events()
    assert names == (["bad-page-map"] if kernel == "split-v1" else [])


@EVERY_KERNEL
def test_munmap_gives_everything_back(kernel: str) -> None:
    box = Box(kernel)
    a = box.anon(4)
    box.write(a, npages=4)
    page = box.page(a + 4096)
    assert box.munmap(a + 4096, 2) == 0
    assert box.rss(MM_ANONPAGES) == 2
    box.drain()
    assert not box.m.page_flags[page] & PG_ALLOCATED
    assert box.read(a) == [0x11] and box.read(a + 3 * 4096) == [0x11]


@EVERY_KERNEL
def test_a_device_page_goes_back_to_its_driver(kernel: str) -> None:
    box = Box(kernel)
    a = box.anon(1)
    box.write(a)
    box.to_device(a)
    page = box.page(a)
    box.munmap(a, 1)
    assert not box.m.page_flags[page] & PG_ALLOCATED
    assert box.m.page_refcount[page] == 0  # facts/struct-page.md


def test_zap_carries_dirty_and_young_to_a_file_page() -> None:
    box = Box()
    a = box.file(OPS_FILE)
    box.write(a)
    page = box.page(a)
    box.m.page_flags[page] = box.m.page_flags[page] & ~(PG_DIRTY | PG_REFERENCED)
    box.munmap(a, 1)
    assert box.m.page_flags[page] & PG_DIRTY and box.m.page_flags[page] & PG_REFERENCED


@EVERY_KERNEL
def test_exit_leaves_no_counter(kernel: str) -> None:
    box = Box(kernel)
    a, s, f = box.anon(3), box.file(OPS_SHMEM), box.file(OPS_FILE)
    for addr in (a, s, f):
        box.write(addr)
    mm = box.m.task_mm[box.task]
    assert box.call(OP_EXIT, box.task) == 0
    assert [box.m.mm_rss[mm * NR_MM_COUNTERS + i] for i in range(4)] == [0] * 4


def test_rss_of_a_task_lags_until_it_is_synchronised() -> None:
    """SPLIT_RSS_COUNTING: up to 64 faults stay with the task (check_sync_rss_stat)."""
    box = Box()
    a = box.anon(70)
    box.write(a, npages=3)
    mm = box.m.task_mm[box.task]
    assert box.m.mm_rss[mm * NR_MM_COUNTERS + MM_ANONPAGES] == 0
    assert box.rss(MM_ANONPAGES) == 3
    box.write(a, npages=70)
    assert box.m.mm_rss[mm * NR_MM_COUNTERS + MM_ANONPAGES] >= 64


def test_a_thread_exits_alone() -> None:
    box = Box()
    a = box.anon(1)
    thread = box.call(OP_CLONE_THREAD, box.task)
    box.write(a, 4, task=thread)
    assert box.call(OP_EXIT, thread) == 0
    assert box.read(a) == [4]
    assert box.rss(MM_ANONPAGES) == 1


def test_counters_by_type() -> None:
    box = Box()
    s = box.file(OPS_SHMEM)
    box.write(s)
    assert (box.rss(MM_SHMEMPAGES), box.rss(MM_FILEPAGES)) == (1, 0)
    assert box.mmap(0, MAP_PRIVATE) == -22


@pytest.mark.parametrize("word", ["no", "yes"])
def test_soft_dirty_of_a_device_private_entry_that_fork_makes_read_only(word: str) -> None:
    """copy_nonpresent_pte makes a new entry and copies uffd-wp alone; a kernel may do better."""
    box = Box(behaving(load("v6.1"), "keeps_soft_dirty_on_device_fork", word))
    a = box.anon(1)
    box.write(a)
    assert box.to_device(a, device=PRIVATE) == [1, 0]
    assert box.pte(a) & SWP_SOFT_DIRTY
    child = box.fork()
    for task in (box.task, child):
        assert bool(box.pte(a, task) & SWP_SOFT_DIRTY) == (word == "yes")


def test_fork_of_a_pinned_driver_page_without_anon_vma_is_a_bug_of_the_kernel() -> None:
    """page_add_new_anon_rmap has BUG_ON(!vma->anon_vma): 5.17 copies any pinned page of a private
    mapping, and a private driver mapping is copied without an anon_vma.  6.1: anonymous only."""
    for kernel in ("v5.17-coherent", "v6.1"):
        box = Box(kernel, checked=False)
        a = box.file(OPS_MIXEDMAP_PAGE, flags=MAP_PRIVATE)
        box.gup(a, FOLL_PIN)
        box.fork()
        bugs = box.events()
        assert bugs == (["bug"] if kernel == "v5.17-coherent" else [])
