# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults: facts/faults.md, and the page kinds of facts/page-lookup.md."""

import pytest

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DEVMAP,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SPECIAL,
    pte_none,
    pte_pfn,
)
from linuxmm.machine import MachineSpec, RangeSpec
from linuxmm.mm.filemap import IO_FIRST_PFN
from linuxmm.mm.memory.fault import KILLED_OOM, KILLED_SIGBUS, KILLED_SIGSEGV
from linuxmm.mm.page import is_zero_pfn
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    ENOMEM,
    MM_ANONPAGES,
    MM_FILEPAGES,
    MM_SHMEMPAGES,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_MIXEDMAP_PFN,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_ANON_EXCLUSIVE,
    PG_LRU,
    PG_SWAPBACKED,
)
from linuxmm.state.flags import FOLL_GET, FOLL_WRITE
from linuxmm.state.layout import PGFAULT, PGMAJFAULT
from linuxmm.steps.memory import OP_FAIL_ALLOC, OP_MMAP, OP_READ
from linuxmm.uapi import MAP_PRIVATE, PROT_READ
from tests.mm.box import Box
from tests.some_kernels import EVERY_KERNEL


@EVERY_KERNEL
def test_a_read_maps_the_zero_page(kernel: str) -> None:
    """do_anonymous_page: SPECIAL zero pfn; no rss, no reference, no mapcount."""
    box = Box(kernel)
    a = box.anon(1)
    assert box.read(a) == [0]
    assert box.pte(a) & PAGE_SPECIAL and is_zero_pfn(box.m, pte_pfn(box.pte(a)))
    assert not box.pte(a) & PAGE_RW
    assert box.rss(MM_ANONPAGES) == 0
    assert box.counts(a) == (1, 0)


@EVERY_KERNEL
def test_a_write_maps_a_new_page(kernel: str) -> None:
    """Young, dirty, writable, ANON +1, mapcount 1, swap-backed; in a batch until drained."""
    box = Box(kernel)
    a = box.anon(1)
    box.write(a)
    word = box.pte(a)
    assert word & PAGE_ACCESSED and word & PAGE_DIRTY and word & PAGE_RW
    assert not word & PAGE_SPECIAL
    assert box.rss(MM_ANONPAGES) == 1
    assert box.counts(a) == (2, 1)  # one reference is the lru_add batch's
    page = box.page(a)
    assert not box.m.page_flags[page] & PG_LRU
    box.drain()
    assert box.counts(a) == (1, 1)
    assert box.m.page_flags[page] & PG_LRU and box.m.page_flags[page] & PG_SWAPBACKED
    assert bool(box.m.page_flags[page] & PG_ANON_EXCLUSIVE) == (kernel == "v6.1")


def test_a_write_after_a_read_gets_a_zeroed_page() -> None:
    box = Box()
    a = box.anon(1)
    box.read(a)
    box.write(a, 7)
    assert box.read(a) == [7]
    assert box.rss(MM_ANONPAGES) == 1


def test_no_mapping_and_no_permission_kill() -> None:
    box = Box()
    a = box.mmap(1, prot=PROT_READ)
    assert box.write(a) == KILLED_SIGSEGV
    assert box.call(OP_READ, box.task, a + 4096, 1) == KILLED_SIGSEGV


def test_an_entry_that_allows_it_is_not_asked_twice() -> None:
    """The CPU knows nothing of VMAs: what an entry lets through raises no fault (Intel SDM 4.6).

    A kernel that leaves a writable entry in a read-only mapping lets the process write there.
    """
    box = Box()
    a = box.anon(1)
    box.write(a, 7)
    box.mprotect(a, 1, PROT_READ)
    assert box.write(a, 8) == KILLED_SIGSEGV
    m = box.m
    pmd = walk_to_pmd(m, find_vma(m, m.task_mm[box.task], a), a)
    slot = pte_offset_map(m, pmd, a)
    m.pte[slot] = m.pte[slot] | PAGE_RW
    assert box.write(a, 8) == 0 and box.read(a) == [8]


def test_beyond_the_end_of_a_file_is_sigbus() -> None:
    box = Box()
    a = box.file(OPS_FILE)
    file = box.m.vma_file[find_vma(box.m, box.m.task_mm[box.task], a)]
    beyond = box.call(OP_MMAP, box.task, 2, PROT_READ, 1, file)
    assert box.read(beyond) == [0]
    assert box.call(OP_READ, box.task, beyond + 4096, 1) == KILLED_SIGBUS
    assert a != beyond


@pytest.mark.parametrize("times", [1, 20])
def test_a_fault_whose_allocation_fails_is_made_again(times: int) -> None:
    """mm/oom_kill.c:pagefault_out_of_memory : nobody is killed, the access is retried."""
    box = Box()
    a = box.anon(1)
    box.call(OP_FAIL_ALLOC, box.task, times)
    assert box.write(a) == 0
    assert box.m.vmstat[PGFAULT] == times + 1


def test_without_any_memory_the_process_is_killed_and_the_entry_empty() -> None:
    """The allocator itself calls the OOM killer."""
    box = Box(spec=MachineSpec((RangeSpec("node0", 8),)))
    a = box.anon(8)
    assert box.write(a, 1, 8) == KILLED_OOM
    assert pte_none(box.pte(a + 7 * 4096))


@EVERY_KERNEL
def test_page_cache_and_shmem_count_in_their_own_rss(kernel: str) -> None:
    box = Box(kernel)
    f, s = box.file(OPS_FILE), box.file(OPS_SHMEM)
    box.write(f)
    box.write(s)
    assert (box.rss(MM_FILEPAGES), box.rss(MM_SHMEMPAGES), box.rss(MM_ANONPAGES)) == (1, 1, 0)


def test_a_read_fault_maps_cached_neighbours() -> None:
    """do_fault_around: 16 pages from the aligned address on; the page that missed read them."""
    box = Box()
    a = box.file(OPS_FILE, 20)
    assert a % 0x10000 == 0
    box.write(a + 16 * 4096)  # readahead fills the cache, only the faulting page is mapped
    assert box.rss(MM_FILEPAGES) == 1
    box.read(a + 4096)  # the neighbours of the same 64 KiB window come along
    assert box.rss(MM_FILEPAGES) == 17


def test_the_read_that_fills_the_cache_maps_neighbours_too() -> None:
    """filemap_fault drops mmap_lock to read, and the fault that is made again looks around.

    Seen on a running kernel (6.18): one read of a file that is not cached maps all its pages.
    """
    box = Box()
    a = box.file(OPS_FILE, 5)
    box.read(a + 3 * 4096)
    assert box.rss(MM_FILEPAGES) == 5


def test_fault_around_starts_at_the_vma_if_that_is_higher() -> None:
    """16 pages from max(aligned address, vm_start): more than the rest of the aligned window."""
    box = Box()
    box.anon(5)
    a = box.file(OPS_FILE, 20)
    assert a % 0x10000 == 5 * 4096
    box.read(a)
    assert box.rss(MM_FILEPAGES) == 16
    box.read(a + 16 * 4096)  # its window starts at the aligned address, eleven pages into the VMA
    assert box.rss(MM_FILEPAGES) == 20


def test_the_private_copy_is_allocated_before_the_file_is_read() -> None:
    """do_cow_fault: without memory for the copy nothing of the file is read."""
    box = Box()
    a = box.file(OPS_FILE, flags=MAP_PRIVATE)
    box.call(OP_FAIL_ALLOC, box.task, 1)
    assert box.gup(a, FOLL_GET | FOLL_WRITE) == -ENOMEM
    assert box.m.vmstat[PGMAJFAULT] == 0
    box.write(a)
    assert box.m.vmstat[PGMAJFAULT] == 1


def test_a_driver_inserts_its_pfn_before_a_private_write_copies_it() -> None:
    """vmf_insert_mixed in the handler, then the PFN path of do_wp_page: two faults."""
    box = Box()
    a = box.file(OPS_MIXEDMAP_PFN, flags=MAP_PRIVATE)
    box.write(a, 4)
    assert (box.m.vmstat[PGFAULT], box.rss(MM_ANONPAGES)) == (2, 1)
    assert box.read(a) == [4]


def test_private_file_write_is_anonymous() -> None:
    box = Box()
    a = box.file(OPS_FILE, flags=MAP_PRIVATE)
    box.write(a, 3)
    assert (box.rss(MM_ANONPAGES), box.rss(MM_FILEPAGES)) == (1, 0)
    assert box.read(a) == [3]


@EVERY_KERNEL
def test_dax_entries_hold_no_page(kernel: str) -> None:
    """fsdax: SPECIAL and DEVMAP; no rss, reference or mapcount (mm/memory.c:insert_pfn)."""
    box = Box(kernel)
    a = box.file(OPS_FSDAX)
    box.write(a, 9)
    assert box.pte(a) & PAGE_DEVMAP and box.pte(a) & PAGE_SPECIAL and box.pte(a) & PAGE_RW
    assert box.counts(a) == (1, 0)
    assert box.rss(MM_FILEPAGES) == 0
    assert box.read(a) == [9]


def test_device_dax_must_be_shared() -> None:
    box = Box()
    shared = box.file(OPS_DEVDAX)
    assert shared > 0 and box.write(shared) == 0
    assert box.pte(shared) & PAGE_DEVMAP
    assert box.file(OPS_DEVDAX, flags=MAP_PRIVATE) == -22


def test_pfnmap_is_mapped_at_once() -> None:
    box = Box()
    a = box.file(OPS_PFNMAP, 2)
    assert box.pte(a) & PAGE_SPECIAL and pte_pfn(box.pte(a)) >= IO_FIRST_PFN
    assert pte_pfn(box.pte(a + 4096)) == pte_pfn(box.pte(a)) + 1
    assert box.rss(MM_FILEPAGES) == 0


def test_mixedmap_with_pages_and_with_pfns() -> None:
    """vm_insert_page: +1 reference, +1 mapcount, rss FILE +1, ordinary entry; pfns: special."""
    box = Box()
    a, b = box.file(OPS_MIXEDMAP_PAGE), box.file(OPS_MIXEDMAP_PFN)
    assert box.counts(a) == (2, 1)
    assert not box.pte(a) & PAGE_SPECIAL
    assert box.rss(MM_FILEPAGES) == 1
    box.read(b)
    assert box.pte(b) & PAGE_SPECIAL
    assert box.rss(MM_FILEPAGES) == 1
