# SPDX-License-Identifier: GPL-2.0-or-later
"""Batches, slots, swap-out and swap-in.

Expected values: facts/lru-and-swap.md, facts/entries.md, and mm/swapfile.c,
mm/memory.c:do_swap_page of both texts by hand.
"""

import pytest

from linuxmm.arch.x86.pgtable import (
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    SWP_EXCLUSIVE,
    SWP_SOFT_DIRTY,
    is_swap_pte,
    swp_offset,
    swp_type,
)
from linuxmm.errors import NotModelled
from linuxmm.mm.memory.rss import rss_of
from linuxmm.mm.page import alloc_device_page, page_flag
from linuxmm.mm.swap import (
    deactivate_page,
    lru_cache_add,
    mark_page_accessed,
    mark_page_lazyfree,
)
from linuxmm.state.constants import (
    LIST_INACTIVE_ANON,
    LIST_NONE,
    MM_ANONPAGES,
    MM_SWAPENTS,
    OPS_SHMEM,
    PG_ACTIVE,
    PG_ANON_EXCLUSIVE,
    PG_LRU,
    PG_REFERENCED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    PG_WORKINGSET,
    PVEC_LRU_ADD,
    RANGE_COHERENT,
    SET_SWAP_ASYNC,
)
from linuxmm.state.layout import SIZE_S
from linuxmm.steps.lru import OP_DRAIN_CPU
from linuxmm.uapi import MADV_DONTNEED, MADV_PAGEOUT, MADV_WILLNEED
from tests.mm.box import PAGE, Box, spec
from tests.some_kernels import EVERY_KERNEL, LANDED


# --- batches ---
@EVERY_KERNEL
def test_a_new_page_waits_in_the_batch_of_its_cpu(kernel: str) -> None:
    # facts/lru-and-swap.md: refcount 2 and no PG_lru until drained; a batch drains with 15 pages
    box = Box(kernel)
    addr = box.anon(16, 1)
    page = box.page(addr)
    assert (box.m.page_refcount[page], box.m.page_flags[page] & PG_LRU) == (2, 0)
    box.call(OP_DRAIN_CPU, box.task, 1)  # not its CPU
    assert box.m.page_flags[page] & PG_LRU == 0
    for i in range(1, 15):
        assert box.write(addr + i * PAGE, 1) == 0
    assert box.m.page_flags[page] & PG_LRU and box.m.page_refcount[page] == 1
    assert box.write(addr + 15 * PAGE, 1) == 0
    assert box.m.pvec_nr[PVEC_LRU_ADD] == 1
    box.call(OP_DRAIN_CPU, box.task, 0)
    assert box.m.page_list[box.page(addr + 15 * PAGE)] == LIST_INACTIVE_ANON


@EVERY_KERNEL
def test_mark_page_accessed(kernel: str) -> None:
    # mark_page_accessed: unref -> referenced -> active, referenced cleared -> referenced
    box = Box(kernel, checked=False)
    addr = box.anon(1, 1)
    box.drain()
    page, k = box.page(addr), box.machine.k
    seen = []
    for _ in range(3):
        mark_page_accessed(box.m, k, page)
        box.drain()
        seen.append(box.m.page_flags[page] & (PG_REFERENCED | PG_ACTIVE))
    assert seen == [PG_REFERENCED, PG_ACTIVE, PG_ACTIVE | PG_REFERENCED]
    box.m.page_flags[page] = box.m.page_flags[page] & ~PG_ACTIVE | PG_UNEVICTABLE
    mark_page_accessed(box.m, k, page)
    box.drain()
    assert box.m.page_flags[page] & PG_ACTIVE == 0


@EVERY_KERNEL
def test_a_device_page_enters_no_batch(kernel: str) -> None:
    box = Box(kernel)
    addr = box.coherent(1, 1)
    page, k = box.page(addr), box.machine.k
    deactivate_page(box.m, k, page)
    mark_page_lazyfree(box.m, k, page)
    box.m.page_flags[page] |= PG_REFERENCED
    mark_page_accessed(box.m, k, page)
    assert box.m.page_refcount[page] == 1  # a batch would hold a reference
    assert box.m.page_list[page] == LIST_NONE and box.violations() == []


def test_a_device_page_put_on_the_lru_is_noticed() -> None:
    # the seeded wrong step for `lru-device`: no cell of a record can make it
    box = Box(LANDED, checked=False)
    page = alloc_device_page(box.m, box.machine.k, box.range_of(RANGE_COHERENT))
    lru_cache_add(box.m, box.machine.k, page)
    assert "lru-device" in {violation.invariant for violation in box.violations()}
    box.drain()
    assert "lru-device" in {violation.invariant for violation in box.violations()}


# --- out and in ---
@EVERY_KERNEL
def test_a_page_goes_out_and_comes_back(kernel: str) -> None:
    # try_to_unmap_one: MM_ANONPAGES - 1, MM_SWAPENTS + 1; soft-dirty carried, 6.1 exclusive as well
    box = Box(kernel)
    addr = box.anon(2, 0x11, 0x22)
    assert box.madvise(addr, 2, MADV_PAGEOUT) == 0
    pte = box.pte(addr)
    assert is_swap_pte(pte) and (swp_type(pte), swp_offset(pte)) == (0, 1)
    assert pte & SWP_SOFT_DIRTY
    assert bool(pte & SWP_EXCLUSIVE) == (kernel == LANDED)
    mm = box.m.task_mm[box.task]
    assert (rss_of(box.m, mm, MM_ANONPAGES), rss_of(box.m, mm, MM_SWAPENTS)) == (0, 2)
    assert box.vmstat("pswpout") == 2 and box.m.swap_tag[2] == 0x22
    assert box.read(addr, 2) == [0x11, 0x22]
    assert box.pte(addr) & PAGE_SOFT_DIRTY and box.pte(addr) & (PAGE_RW | PAGE_DIRTY) == 0
    assert (rss_of(box.m, mm, MM_ANONPAGES), rss_of(box.m, mm, MM_SWAPENTS)) == (2, 0)
    assert (box.vmstat("pswpin"), box.vmstat("pgmajfault")) == (2, 2)
    assert box.m.swap_count[1] == 0 and box.m.swap_tag[1] == 0  # the slot is free again
    assert page_flag(box.m, box.page(addr), PG_SWAPCACHE) == 0
    exclusive = page_flag(box.m, box.page(addr), PG_ANON_EXCLUSIVE)
    assert exclusive == int(kernel == LANDED)


@EVERY_KERNEL
def test_a_write_maps_it_writable_at_once(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1, 1)
    box.madvise(addr, 1, MADV_PAGEOUT)
    reuse = box.vmstat("pgreuse")
    assert box.write(addr, 2) == 0
    assert box.pte(addr) & PAGE_RW and box.pte(addr) & PAGE_DIRTY
    assert box.vmstat("pgreuse") == reuse and box.read(addr) == [2]


@EVERY_KERNEL
def test_a_forked_entry_is_shared_until_one_writes(kernel: str) -> None:
    # two entries name the slot: the swap cache is used; the parent writes: a copy
    box = Box(kernel)
    addr = box.anon(1, 5)
    box.madvise(addr, 1, MADV_PAGEOUT)
    child = box.fork()
    assert box.m.swap_count[1] == 2
    assert box.read(addr) == [5]
    page = box.page(addr)
    assert page_flag(box.m, page, PG_SWAPCACHE) and box.m.swap_count[1] == 1
    assert box.read(addr, 1, task=child) == [5]
    assert box.page(addr, child) == page and box.m.swap_count[1] == 0
    assert box.write(addr, 6) == 0
    assert box.read(addr, 1, task=child) == [5] and box.read(addr) == [6]
    assert box.page(addr) != page
    box.exit(child)
    box.exit()
    assert box.m.swap_page[1] == 0


@EVERY_KERNEL
def test_the_last_user_of_a_cached_slot_writes(kernel: str) -> None:
    # one entry, page in the swap cache through MADV_WILLNEED: the slot goes, no copy is made
    box = Box(kernel)
    addr = box.anon(1, 5)
    box.madvise(addr, 1, MADV_PAGEOUT)
    box.madvise(addr, 1, MADV_WILLNEED)
    cached = box.m.swap_page[1]
    assert box.write(addr, 6) == 0
    assert box.page(addr) == cached and box.m.swap_page[1] == 0
    assert box.pte(addr) & PAGE_RW


@EVERY_KERNEL
def test_a_locked_area_gives_the_slot_back_at_once(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1, 5)
    box.madvise(addr, 1, MADV_PAGEOUT)
    child = box.fork()
    box.read(addr, 1, task=child)
    assert box.m.swap_page[1] != 0
    assert box.mlock(addr, 1) == 0  # populates: the last entry goes
    assert box.m.swap_page[1] == 0 and box.m.swap_count[1] == 0


@EVERY_KERNEL
def test_zap_drops_the_entry_and_the_cached_page(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(2, 1, 2)
    box.madvise(addr, 2, MADV_PAGEOUT)
    box.madvise(addr, 1, MADV_WILLNEED)
    box.drain()
    assert box.madvise(addr, 2, MADV_DONTNEED) == 0
    assert [box.m.swap_count[i] for i in (1, 2)] == [0, 0] and box.m.swap_page[1] == 0
    assert box.kinds(addr, 2) == ["none", "none"]


@EVERY_KERNEL
def test_shmem_goes_out_and_comes_back(kernel: str) -> None:
    box = Box(kernel)
    addr = box.file(OPS_SHMEM, 2)
    assert box.write(addr, 1) == 0
    assert box.write(addr + PAGE, 2) == 0
    shmem = box.vmstat("nr_shmem")
    assert box.madvise(addr, 2, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 2) == ["none", "none"]
    assert (box.vmstat("pswpout"), box.vmstat("nr_shmem")) == (2, shmem - 2)
    file = box.m.vma_file[box.vma(addr)]
    assert box.m.cache_swap[box.m.file_first[file]] == 1 and box.m.swap_count[1] == 1
    assert box.read(addr) == [1] and box.m.swap_count[1] == 0
    assert box.m.cache_swap[box.m.file_first[file]] == 0
    assert box.vmstat("nr_shmem") == shmem - 1 and box.vmstat("pgmajfault") == 1
    assert box.write(addr + PAGE, 3) == 0
    assert box.read(addr, 2) == [1, 3]


@EVERY_KERNEL
def test_slots_run_out(kernel: str) -> None:
    # one slot for two pages: the second stays, activated
    box = Box(kernel, spec=spec(1))
    addr = box.anon(2, 1, 2)
    assert box.madvise(addr, 2, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 2) == ["swap", "ram"]
    assert box.page_flags(addr + PAGE) & PG_ACTIVE


def test_a_swap_device_that_writes_in_its_own_time_is_not_modelled() -> None:
    box = Box(LANDED)
    addr = box.anon(1, 1)
    box.m.setting[SET_SWAP_ASYNC] = 1
    with pytest.raises(NotModelled):
        box.madvise(addr, 1, MADV_PAGEOUT)
    assert box.read(addr) == [1]


@pytest.mark.parametrize(("kernel", "nr"), [("v6.1", 15), ("v6.12", 31)])
def test_how_many_pages_make_a_batch_full(kernel: str, nr: int) -> None:
    """include/linux/pagevec.h:PAGEVEC_SIZE of either: new pages reach the LRU with the last."""
    box = Box(kernel)
    addr = box.mmap(nr)
    for i in range(nr - 1):
        box.write(addr + i * 4096, 1, 1)
    pages = [box.page(addr + i * 4096) for i in range(nr - 1)]
    assert not any(box.m.page_flags[page] & PG_LRU for page in pages)
    box.write(addr + (nr - 1) * 4096, 1, 1)
    assert all(box.m.page_flags[page] & PG_LRU for page in pages)


@pytest.mark.parametrize(("kernel", "marked"), [("v6.1", 0), ("v6.12", 1)])
def test_an_active_page_that_is_paged_out_comes_back_marked(kernel: str, marked: int) -> None:
    """mm/madvise.c of 6.12 sets PG_workingset, mm/workingset.c keeps it in the shadow entry; a page
    that nobody used is not marked, and the slot forgets it (a real 6.12.117 shows the same)."""
    box = Box(kernel)
    addr = box.anon(1, 1)
    box.drain()
    for turn in range(3):
        box.madvise(addr, 1, MADV_PAGEOUT)
        expected = marked if turn else 0  # it was new, and not active, at the first
        assert box.m.swap_shadow[swp_offset(box.pte(addr))] == expected
        assert box.read(addr, 1) == [1]
        box.drain()
        assert page_flag(box.m, box.page(addr), PG_WORKINGSET) == expected
    box.munmap(addr, 1)
    assert not any(box.m.swap_shadow[slot] for slot in range(box.m.size[SIZE_S]))
