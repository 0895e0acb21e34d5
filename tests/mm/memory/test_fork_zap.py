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
from linuxmm.kernels import Kernel, load
from linuxmm.mm.mmap import MAP_PRIVATE
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
from linuxmm.state.vocabulary import FOLL_PIN, FOLL_WRITE
from linuxmm.steps.memory import (
    OP_CLONE_THREAD,
    OP_EXIT,
    OP_FORK,
    OP_MMAP,
    OP_MUNMAP,
    OP_READ,
    OP_WRITE,
)
from linuxmm.steps.migrate import OP_HMM_MIGRATE
from tests.mm.memory.box import KERNELS, RW, Box


@pytest.mark.parametrize("kernel", KERNELS)
def test_fork_shares_and_write_protects(kernel: str) -> None:
    """+1 reference, +1 mapcount, RW cleared in both, child old, dirty stays (COW)."""
    box = Box(kernel)
    a = box.anon()
    box.write(a)
    box.drain()
    child = box.fork()
    parent_word, child_word = box.pte(a), box.pte(a, child)
    assert pte_pfn(parent_word) == pte_pfn(child_word)
    assert not parent_word & PAGE_RW and not child_word & PAGE_RW
    assert parent_word & PAGE_ACCESSED and not child_word & PAGE_ACCESSED
    assert child_word & PAGE_DIRTY
    assert box.rss(MM_ANONPAGES, child) == 1


@pytest.mark.parametrize("kernel", KERNELS)
def test_shared_file_entries_are_left_to_faults(kernel: str) -> None:
    """No anon_vma, no PFNMAP, no MIXEDMAP: the child faults them in itself."""
    box = Box(kernel)
    a = box.of_file(OPS_SHMEM)
    box.write(a, tag=8)
    child = box.fork()
    assert pte_none(box.pte(a, child))
    assert box.read(a, task=child) == [8]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_pinned_page_is_copied_for_the_child(kernel: str) -> None:
    """The parent's entry is not touched, the child gets a writable copy in RAM."""
    box = Box(kernel)
    a = box.anon()
    box.write(a, tag=1)
    box.drain()
    assert box.gup(a, FOLL_PIN | FOLL_WRITE) == 1
    before = box.pte(a)
    child = box.fork()
    assert box.pte(a) == before
    assert pte_pfn(box.pte(a, child)) != pte_pfn(before)
    assert box.pte(a, child) & PAGE_RW
    assert box.read(a, task=child) == [1]
    box.put()


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_private_dax_mapping_is_copied_once_it_has_an_anon_vma(kernel: str) -> None:
    """Raw copy without counts; split-v1 reports the uncopied entries (facts/faults.md)."""
    box = Box(kernel)
    dax = [r.name for r in box.machine.spec.ranges].index("dax0") + 1
    a = box.of_file(OPS_FSDAX, 2, shared=False, r=dax)
    box.machine.call(OP_READ, box.p, a, 2)
    box.machine.call(OP_WRITE, box.p, a, 1, 1)
    box.machine.call(OP_FORK, box.p)
    names = [event.name for event in box.machine.events()]
    assert names == (["bad-page-map"] if kernel == "split-v1" else [])


@pytest.mark.parametrize("kernel", KERNELS)
def test_munmap_gives_everything_back(kernel: str) -> None:
    box = Box(kernel)
    a = box.anon(4)
    box.write(a, 4)
    page = box.page(a + 4096)
    assert box.call(OP_MUNMAP, box.p, a + 4096, 2) == 0
    assert box.rss(MM_ANONPAGES) == 2
    box.drain()
    assert not box.m.page_flags[page] & PG_ALLOCATED
    assert box.read(a) == [0x11] and box.read(a + 3 * 4096) == [0x11]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_device_page_goes_back_to_its_driver(kernel: str) -> None:
    box = Box(kernel)
    a = box.anon()
    box.write(a)
    box.to_coherent(a)
    page = box.page(a)
    box.call(OP_MUNMAP, box.p, a, 1)
    assert not box.m.page_flags[page] & PG_ALLOCATED
    assert box.m.page_refcount[page] == 0  # facts/struct-page.md


def test_zap_carries_dirty_and_young_to_a_file_page() -> None:
    box = Box()
    a = box.of_file(OPS_FILE)
    box.write(a)
    page = box.page(a)
    box.m.page_flags[page] = box.m.page_flags[page] & ~(PG_DIRTY | PG_REFERENCED)
    box.call(OP_MUNMAP, box.p, a, 1)
    assert box.m.page_flags[page] & PG_DIRTY and box.m.page_flags[page] & PG_REFERENCED


@pytest.mark.parametrize("kernel", KERNELS)
def test_exit_leaves_no_counter(kernel: str) -> None:
    box = Box(kernel)
    a, s, f = box.anon(3), box.of_file(OPS_SHMEM), box.of_file(OPS_FILE)
    for addr in (a, s, f):
        box.write(addr)
    mm = box.m.task_mm[box.p]
    assert box.call(OP_EXIT, box.p) == 0
    assert [box.m.mm_rss[mm * NR_MM_COUNTERS + i] for i in range(4)] == [0] * 4


def test_rss_of_a_task_lags_until_it_is_synchronised() -> None:
    """SPLIT_RSS_COUNTING: up to 64 faults stay with the task (check_sync_rss_stat)."""
    box = Box()
    a = box.anon(70)
    box.write(a, 3)
    mm = box.m.task_mm[box.p]
    assert box.m.mm_rss[mm * NR_MM_COUNTERS + MM_ANONPAGES] == 0
    assert box.rss(MM_ANONPAGES) == 3
    box.write(a, 70)
    assert box.m.mm_rss[mm * NR_MM_COUNTERS + MM_ANONPAGES] >= 64


def test_a_thread_exits_alone() -> None:
    box = Box()
    a = box.anon()
    thread = box.call(OP_CLONE_THREAD, box.p)
    box.write(a, tag=4, task=thread)
    assert box.call(OP_EXIT, thread) == 0
    assert box.read(a) == [4]
    assert box.rss(MM_ANONPAGES) == 1


def test_counters_by_type() -> None:
    box = Box()
    s = box.of_file(OPS_SHMEM)
    box.write(s)
    assert (box.rss(MM_SHMEMPAGES), box.rss(MM_FILEPAGES)) == (1, 0)
    assert box.call(OP_MMAP, box.p, 0, RW, MAP_PRIVATE) == -22


def with_behaviour(name: str, word: str) -> Kernel:
    kernel = load("v6.1")
    behaviours = tuple((n, word if n == name else w) for n, w in kernel.behaviours)
    return kernel.replace(name="changed", behaviours=behaviours)


@pytest.mark.parametrize("word", ["no", "yes"])
def test_soft_dirty_of_a_device_private_entry_that_fork_makes_read_only(word: str) -> None:
    """copy_nonpresent_pte makes a new entry and copies uffd-wp alone; a kernel may do better."""
    box = Box(with_behaviour("keeps_soft_dirty_on_device_fork", word))
    a = box.anon()
    box.write(a)
    private = [r.name for r in box.machine.spec.ranges].index("private0") + 1
    box.call(OP_HMM_MIGRATE, 0, box.p, a, 1, private)
    assert box.pte(a) & SWP_SOFT_DIRTY
    child = box.fork()
    for task in (box.p, child):
        assert bool(box.pte(a, task) & SWP_SOFT_DIRTY) == (word == "yes")


def test_fork_of_a_pinned_driver_page_without_anon_vma_is_a_bug_of_the_kernel() -> None:
    """page_add_new_anon_rmap has BUG_ON(!vma->anon_vma): 5.17 copies any pinned page of a private
    mapping, and a private driver mapping is copied without an anon_vma.  6.1: anonymous only."""
    for kernel in ("v5.17-coherent", "v6.1"):
        box = Box(kernel)
        a = box.of_file(OPS_MIXEDMAP_PAGE, shared=False)
        box.gup(a, FOLL_PIN)
        box.machine.call(OP_FORK, box.p)
        bugs = [event.name for event in box.machine.events()]
        assert bugs == (["bug"] if kernel == "v5.17-coherent" else [])
