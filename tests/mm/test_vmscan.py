# SPDX-License-Identifier: GPL-2.0-or-later
"""Reclaim of isolated pages.  Expected values: facts/lru-and-swap.md, mm/vmscan.c by hand."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED
from linuxmm.errors import NotModelled
from linuxmm.mm.list import list_head
from linuxmm.mm.page import get_page, page_ksm, put_page
from linuxmm.mm.unmap import (
    REFERENCED_EXEC,
    REFERENCED_LOCKED,
    page_referenced,
    try_to_unmap,
)
from linuxmm.mm.vmscan.fate import ACTIVATE, KEEP
from linuxmm.mm.vmscan.isolate import isolate_lru_page, putback_lru_page
from linuxmm.mm.vmscan.reclaim import (
    RECLAIM,
    RECLAIM_CLEAN,
    page_check_references,
    reclaim_pages,
    shrink_page,
)
from linuxmm.state.constants import (
    EBUSY,
    LIST_ISOLATED,
    OPS_FILE,
    OPS_SHMEM,
    PG_ACTIVE,
    PG_DIRTY,
    PG_LOCKED,
    PG_LRU,
    PG_MLOCKED,
    PG_RECLAIM,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_YOUNG,
    SET_KSM_RUN,
    VM_EXEC,
    VM_LOCKED,
)
from linuxmm.state.flags import FOLL_GET, FOLL_PIN, FOLL_WRITE
from linuxmm.steps.ksm import OP_KSMD
from linuxmm.steps.lru import OP_KSWAPD
from linuxmm.uapi import MADV_FREE, MADV_MERGEABLE, MADV_PAGEOUT, MADV_SEQUENTIAL
from tests.mm.box import PAGE, Box, spec
from tests.some_kernels import EVERY_KERNEL, LANDED


@EVERY_KERNEL
def test_isolate_and_put_back(kernel: str) -> None:
    # isolate_lru_page: needs PG_lru, adds a reference; putback goes through the batch and drops it
    box = Box(kernel, checked=False)
    addr = box.anon(1, 1)
    page, k = box.page(addr), box.machine.k
    assert isolate_lru_page(box.m, k, page) == -EBUSY  # still in the batch
    box.drain()
    assert isolate_lru_page(box.m, k, page) == 0
    assert (box.m.page_list[page], box.m.page_refcount[page]) == (LIST_ISOLATED, 2)
    assert "isolated" in {violation.invariant for violation in box.violations()}
    assert isolate_lru_page(box.m, k, page) == -EBUSY
    putback_lru_page(box.m, k, page)
    assert box.m.page_refcount[page] == 2 and box.m.page_flags[page] & PG_LRU == 0
    box.drain()
    assert box.m.page_refcount[page] == 1 and box.m.page_flags[page] & PG_LRU
    assert box.violations() == []


@EVERY_KERNEL
def test_a_device_page_cannot_be_isolated(kernel: str) -> None:
    box = Box(kernel)
    addr = box.coherent(1, 1)
    box.drain()
    assert isolate_lru_page(box.m, box.machine.k, box.page(addr)) == -EBUSY


# --- aging ---
@EVERY_KERNEL
def test_page_referenced_counts_and_clears(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1, 1)
    child = box.fork()
    box.read(addr, 1, task=child)
    page, k = box.page(addr), box.machine.k
    assert page_referenced(box.m, k, page) == 2
    assert box.pte(addr) & PAGE_ACCESSED == 0 and box.pte(addr, child) & PAGE_ACCESSED == 0
    assert page_referenced(box.m, k, page) == 0
    box.m.page_flags[page] |= PG_YOUNG
    assert page_referenced(box.m, k, page) == 1
    assert box.m.page_flags[page] & PG_YOUNG == 0


@EVERY_KERNEL
def test_sequential_mappings_do_not_count_and_locked_ones_end_the_walk(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1, 1)
    box.madvise(addr, 1, MADV_SEQUENTIAL)
    page, k = box.page(addr), box.machine.k
    assert page_referenced(box.m, k, page) == 0
    assert box.pte(addr) & PAGE_ACCESSED == 0
    box.mlock(addr, 1)
    assert page_referenced(box.m, k, page) == REFERENCED_LOCKED


@EVERY_KERNEL
def test_what_references_decide(kernel: str) -> None:
    # page_check_references: one used mapping: keep and mark; marked before, or two: activate
    box = Box(kernel)
    addr = box.anon(1, 1)
    page, k = box.page(addr), box.machine.k
    assert page_check_references(box.m, k, page) == KEEP
    assert box.m.page_flags[page] & PG_REFERENCED
    box.read(addr)
    assert page_check_references(box.m, k, page) == ACTIVATE
    assert page_check_references(box.m, k, page) == RECLAIM  # anon: the mark alone is nothing
    box.mlock(addr, 1)
    locked = page_check_references(box.m, k, page)
    assert locked == (ACTIVATE if kernel == LANDED else RECLAIM)


@EVERY_KERNEL
def test_file_pages_marked_before_go_only_when_clean(kernel: str) -> None:
    box = Box(kernel)
    addr = box.file(OPS_FILE, 1)
    box.read(addr)
    page, k = box.page(addr), box.machine.k
    box.m.page_flags[page] |= PG_REFERENCED
    slot = box.slot(addr)
    box.m.pte[slot] &= ~PAGE_ACCESSED
    assert page_check_references(box.m, k, page) == RECLAIM_CLEAN
    box.m.vma_flags[box.vma(addr)] |= VM_EXEC
    box.read(addr)
    assert page_referenced(box.m, k, page) & REFERENCED_EXEC
    box.read(addr)
    assert page_check_references(box.m, k, page) == ACTIVATE  # executable: at the first use


# --- kinds of pages: facts/madvise.md, facts/lru-and-swap.md ---
@EVERY_KERNEL
def test_a_clean_file_page_is_dropped(kernel: str) -> None:
    box = Box(kernel)
    addr = box.file(OPS_FILE, 1)
    box.read(addr)
    page = box.page(addr)
    before = box.vmstat("nr_file_pages")
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 1) == ["none"] and box.m.page_flags[page] == 0
    assert box.vmstat("nr_file_pages") == before - 1
    assert len(box.read(addr)) == 1  # read back from the disk


@EVERY_KERNEL
def test_a_dirty_file_page_is_unmapped_and_stays_in_the_cache(kernel: str) -> None:
    box = Box(kernel)
    addr = box.file(OPS_FILE, 1)
    assert box.write(addr, 7) == 0
    page = box.page(addr)
    assert box.smaps(addr)["Rss"] == 4
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 1) == ["none"] and "Rss" not in box.smaps(addr)
    box.drain()
    flags = box.m.page_flags[page]
    assert flags & PG_DIRTY and flags & PG_ACTIVE and flags & PG_RECLAIM and flags & PG_LRU
    assert box.read(addr) == [7] and box.page(addr) == page


@EVERY_KERNEL
def test_anon_without_swap_is_kept_and_activated(kernel: str) -> None:
    box = Box(kernel, spec=spec(0))
    addr = box.anon(1, 7)
    page = box.page(addr)
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    box.drain()
    assert box.page(addr) == page and box.m.page_flags[page] & PG_ACTIVE
    assert box.vmstat("pgactivate") == 1


@EVERY_KERNEL
def test_shmem_without_swap_is_unmapped_and_activated(kernel: str) -> None:
    # mm/shmem.c:shmem_writepage without swap: redirtied, AOP_WRITEPAGE_ACTIVATE
    box = Box(kernel, spec=spec(0))
    addr = box.file(OPS_SHMEM, 1)
    assert box.write(addr, 7) == 0
    page = box.page(addr)
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    box.drain()
    assert box.kinds(addr, 1) == ["none"]
    assert box.m.page_flags[page] & PG_ACTIVE and box.m.page_flags[page] & PG_DIRTY
    assert box.read(addr) == [7]


# --- references that somebody holds ---
@EVERY_KERNEL
def test_a_pinned_anon_page_stays(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1, 7)
    assert box.gup(addr, FOLL_PIN | FOLL_WRITE) == 1
    page = box.page(addr)
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    assert box.page(addr) == page and box.m.page_flags[page] & PG_ACTIVE == 0
    box.put()


@EVERY_KERNEL
def test_a_page_somebody_reads_from_goes_to_the_swap_cache_only(kernel: str) -> None:
    # an extra reference: unmapped, not written (is_page_cache_freeable), kept in the swap cache
    box = Box(kernel)
    addr = box.anon(1, 7)
    page = box.page(addr)
    assert box.gup(addr, FOLL_GET) == 1
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 1) == ["swap"] and box.m.swap_page[1] == page
    assert box.m.page_flags[page] & PG_SWAPCACHE and box.vmstat("pswpout") == 0
    assert box.read(addr) == [7] and box.page(addr) == page
    assert box.vmstat("pgmajfault") == 0
    box.put()


@EVERY_KERNEL
def test_a_lazyfree_page_with_an_extra_reference(kernel: str) -> None:
    # mm/rmap.c: 6.1 keeps the mapping; before, the entry is dropped and the data is lost
    box = Box(kernel, checked=False)
    addr = box.anon(1, 7)
    box.madvise(addr, 1, MADV_FREE)
    box.drain()
    page = box.page(addr)
    get_page(box.m, page)
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    box.drain()
    if kernel == LANDED:
        assert box.page(addr) == page
        assert box.m.page_flags[page] & PG_SWAPBACKED and box.m.page_flags[page] & PG_ACTIVE
    else:
        assert box.kinds(addr, 1) == ["none"]
        assert box.m.page_flags[page] & PG_ACTIVE == 0
    put_page(box.m, box.machine.k, page)


@EVERY_KERNEL
def test_a_pinned_clean_file_page(kernel: str) -> None:
    # mm/vmscan.c: 6.1 activates it; before, it is kept where it was (its count is too high)
    box = Box(kernel)
    addr = box.file(OPS_FILE, 1)
    assert box.gup(addr, FOLL_PIN) == 1
    page = box.page(addr)
    box.drain()
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    box.drain()
    assert bool(box.m.page_flags[page] & PG_ACTIVE) == (kernel == LANDED)
    assert box.read(addr) and box.page(addr) == page
    box.put()


@EVERY_KERNEL
def test_reclaim_of_a_list_frees_what_it_can_and_puts_back_the_rest(kernel: str) -> None:
    box = Box(kernel, spec=spec(2))
    addr = box.anon(3, 1, 2, 3)
    assert box.madvise(addr, 3, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 3) == ["swap", "swap", "ram"]
    assert reclaim_pages(box.m, box.machine.k, list_head(box.m, 0)) == 0
    assert box.read(addr, 3) == [1, 2, 3]


@EVERY_KERNEL
def test_a_merged_page_with_one_mapping_left_goes_to_swap(kernel: str) -> None:
    # facts/madvise.md: KSM mapped twice: next, once: as anon; it comes back as no KSM page
    box = Box(kernel)
    box.m.setting[SET_KSM_RUN] = 1
    addr = box.anon(2, 5, 5)
    box.madvise(addr, 2, MADV_MERGEABLE)
    for _ in range(3):
        box.call(OP_KSMD, 0, 0)
    assert box.page(addr) == box.page(addr + PAGE) and page_ksm(box.m, box.page(addr))
    box.drain()
    assert box.madvise(addr, 2, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 2) == ["ram", "ram"]
    box.munmap(addr + PAGE, 1)
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 1) == ["swap"]
    assert box.read(addr) == [5] and page_ksm(box.m, box.page(addr)) == 0


@EVERY_KERNEL
def test_unmapping_stops_at_a_locked_mapping_and_mlocks_the_page(kernel: str) -> None:
    # facts/mlock.md: reclaim marks, too, what it meets in a locked VMA (try_to_unmap_one)
    box = Box(kernel, checked=False)
    addr = box.anon(1, 1)
    box.drain()
    page, k = box.page(addr), box.machine.k
    box.m.vma_flags[box.vma(addr)] |= VM_LOCKED  # as if the mlock had missed the page
    assert try_to_unmap(box.m, k, page) == 0
    assert box.page(addr) == page and box.vmstat("nr_mlock") == 1
    assert box.m.page_flags[page] & PG_MLOCKED


@EVERY_KERNEL
def test_an_mlocked_page_on_the_list_is_not_reclaimed(kernel: str) -> None:
    box = Box(kernel, checked=False)
    addr = box.anon(1, 1)
    box.mlock(addr, 1)
    assert shrink_page(box.m, box.machine.k, box.page(addr)) == ACTIVATE
    box.m.page_flags[box.page(addr)] |= PG_LOCKED
    assert shrink_page(box.m, box.machine.k, box.page(addr)) == KEEP


def test_memory_pressure_is_not_modelled() -> None:
    with pytest.raises(NotModelled):
        Box(LANDED).call(OP_KSWAPD, 0, 32)
