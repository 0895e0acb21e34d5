# SPDX-License-Identifier: GPL-2.0-or-later
"""madvise.  Expected values: debian-6.1.json, facts/madvise.md, mm/madvise.c."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_DIRTY
from linuxmm.errors import NotModelled
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EACCES,
    EFAULT,
    EINVAL,
    ENOMEM,
    EPERM,
    EVENT_BAD_PAGE_MAP,
    LIST_ACTIVE_ANON,
    LIST_INACTIVE_ANON,
    LIST_INACTIVE_FILE,
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_ACTIVE,
    PG_DIRTY,
    PG_MLOCKED,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_YOUNG,
    RANGE_COHERENT,
    SET_CAPABLE,
    VM_DONTCOPY,
    VM_DONTDUMP,
    VM_HUGEPAGE,
    VM_MERGEABLE,
    VM_NOHUGEPAGE,
    VM_RAND_READ,
    VM_SEQ_READ,
    VM_WIPEONFORK,
)
from linuxmm.state.layout import NR_EVENTS, SIZE_V
from linuxmm.steps.lru import OP_MLOCK2, OP_PROCESS_MADVISE
from linuxmm.steps.memory import OP_MMAP
from linuxmm.steps.migrate import OP_HMM_MIGRATE
from linuxmm.uapi import (
    MADV_COLD,
    MADV_COLLAPSE,
    MADV_DODUMP,
    MADV_DOFORK,
    MADV_DONTDUMP,
    MADV_DONTFORK,
    MADV_DONTNEED,
    MADV_DONTNEED_LOCKED,
    MADV_FREE,
    MADV_HUGEPAGE,
    MADV_HWPOISON,
    MADV_KEEPONFORK,
    MADV_MERGEABLE,
    MADV_NOHUGEPAGE,
    MADV_NORMAL,
    MADV_PAGEOUT,
    MADV_POPULATE_READ,
    MADV_POPULATE_WRITE,
    MADV_RANDOM,
    MADV_REMOVE,
    MADV_SEQUENTIAL,
    MADV_UNMERGEABLE,
    MADV_WILLNEED,
    MADV_WIPEONFORK,
)
from tests.mm.box import PAGE, Box
from tests.some_kernels import BASE, EVERY_KERNEL, LANDED, SPLIT


def mixed(kernel: str) -> tuple[Box, int]:
    """Four written pages, the first two in device memory (the programs of debian-6.1.json)."""
    box = Box(kernel)
    addr = box.anon(4, 0x33, 0x33, 0x33, 0x33)
    box.call(OP_HMM_MIGRATE, box.task, box.task, addr, 2, box.range_of(RANGE_COHERENT))
    return box, addr


# --- debian-6.1.json, coherent_madvise ---
TRUTH = {
    MADV_COLD: (["dev"] * 2 + ["ram"] * 2, {"Private_Dirty": 16, "Referenced": 8, "Rss": 16}),
    MADV_PAGEOUT: (["dev"] * 2 + ["swap"] * 2, {"Private_Dirty": 8, "Rss": 8, "Swap": 8}),
    MADV_FREE: (["dev"] * 2 + ["ram"] * 2, {"Private_Clean": 8, "Private_Dirty": 8, "Rss": 16}),
    MADV_DONTNEED: (["none"] * 4, {}),
    MADV_MERGEABLE: (["dev"] * 2 + ["ram"] * 2, {"Private_Dirty": 16, "Referenced": 16}),
    MADV_HUGEPAGE: (["dev"] * 2 + ["ram"] * 2, {"Private_Dirty": 16, "Referenced": 16}),
    MADV_POPULATE_READ: (["dev"] * 2 + ["ram"] * 2, {"Private_Dirty": 16, "Referenced": 16}),
}


@pytest.mark.parametrize("advice", TRUTH)
def test_what_the_real_kernel_did(advice: int) -> None:
    kinds, fields = TRUTH[advice]
    box, addr = mixed(LANDED)
    assert box.madvise(addr, 4, advice) == 0
    assert box.kinds(addr, 4) == kinds
    smaps = box.smaps(addr)
    assert {key: smaps.get(key) for key in fields} == fields
    assert "LazyFree" not in smaps  # MADV_FREE: still in this CPU's batch
    if advice != MADV_DONTNEED:
        assert box.read(addr) == [0x33]
        assert box.kinds(addr, 4) == kinds


def test_collapse_of_16_kib_is_refused_as_on_the_real_kernel() -> None:
    box, addr = mixed(LANDED)
    assert box.madvise(addr, 4, MADV_COLLAPSE) == -EINVAL
    assert box.kinds(addr, 4) == ["dev"] * 2 + ["ram"] * 2


# --- a device page at the two sites: facts/page-lookup.md ---
@EVERY_KERNEL
@pytest.mark.parametrize("advice", (MADV_COLD, MADV_PAGEOUT))
def test_cold_and_pageout_of_a_device_page(kernel: str, advice: int) -> None:
    # v5.17 clears the accessed bit, PG_referenced and young; the others touch nothing
    box = Box(kernel)
    addr = box.coherent(1, 7)
    box.read(addr)
    page = box.page(addr)
    box.m.page_flags[page] |= PG_REFERENCED | PG_YOUNG
    before = box.pte(addr)
    assert before & PAGE_ACCESSED
    assert box.madvise(addr, 1, advice) == 0
    if kernel == BASE:
        assert box.pte(addr) == before & ~PAGE_ACCESSED
        assert box.m.page_flags[page] & (PG_REFERENCED | PG_YOUNG) == 0
    else:
        assert box.pte(addr) == before
        assert box.m.page_flags[page] & PG_REFERENCED and box.m.page_flags[page] & PG_YOUNG
    assert box.read(addr) == [7] and box.kinds(addr, 1) == ["dev"]  # never reclaimed


@EVERY_KERNEL
def test_free_of_a_device_page(kernel: str) -> None:
    # v5.17: dirty and accessed cleared, PG_dirty cleared, data kept, not lazyfree
    box = Box(kernel)
    addr = box.coherent(1, 7)
    page = box.page(addr)
    box.m.page_flags[page] |= PG_DIRTY
    before = box.pte(addr)
    assert box.madvise(addr, 1, MADV_FREE) == 0
    seen = box.m.page_flags[page] & PG_DIRTY, box.pte(addr)
    if kernel == BASE:
        assert seen == (0, before & ~(PAGE_ACCESSED | PAGE_DIRTY))
    else:
        assert seen == (PG_DIRTY, before)
    box.drain()
    assert box.m.page_flags[page] & PG_SWAPBACKED
    assert box.vmstat("pglazyfree") == 0
    assert box.read(addr) == [7]


@EVERY_KERNEL
def test_dontneed_gives_a_device_page_back(kernel: str) -> None:
    box = Box(kernel)
    addr = box.coherent(1, 7)
    page = box.page(addr)
    assert box.madvise(addr, 1, MADV_DONTNEED) == 0
    assert box.m.page_refcount[page] == 0 and box.kinds(addr, 1) == ["none"]
    assert box.read(addr) == [0]


@EVERY_KERNEL
@pytest.mark.parametrize("advice", (MADV_COLD, MADV_PAGEOUT))
def test_dax_page_is_reported_bad_by_the_split_alone(kernel: str, advice: int) -> None:
    # facts/madvise.md: DAX none (split-v1: Bad page map per PTE)
    box = Box(kernel, checked=False)
    addr = box.file(OPS_FSDAX, 2)
    box.read(addr, 2)
    assert box.madvise(addr, 2, advice) == 0
    codes = [box.m.event_code[i] for i in range(box.m.scratch[NR_EVENTS])]
    assert codes == ([EVENT_BAD_PAGE_MAP] * 2 if kernel == SPLIT else [])


# --- COLD ---
@EVERY_KERNEL
def test_cold_makes_an_active_page_inactive(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1, 1)
    box.drain()
    page = box.page(addr)
    box.m.page_flags[page] |= PG_ACTIVE | PG_REFERENCED
    box.m.page_list[page] = LIST_ACTIVE_ANON
    assert box.madvise(addr, 1, MADV_COLD) == 0
    assert box.vmstat("pgdeactivate") == 0  # in the batch
    box.drain()
    assert box.m.page_list[page] == LIST_INACTIVE_ANON
    assert box.m.page_flags[page] & (PG_ACTIVE | PG_REFERENCED) == 0
    assert box.vmstat("pgdeactivate") == 1


@EVERY_KERNEL
def test_a_page_off_the_lru_is_skipped_only_where_that_is_tested(kernel: str) -> None:
    # facts/madvise.md: 6.1 skips pages without PG_lru, 5.17 clears their accessed bit
    box = Box(kernel)
    addr = box.file(OPS_MIXEDMAP_PAGE, 1)
    box.m.pte[box.slot(addr)] |= PAGE_ACCESSED
    assert box.madvise(addr, 1, MADV_COLD) == 0
    assert bool(box.pte(addr) & PAGE_ACCESSED) == (kernel == LANDED)


@EVERY_KERNEL
def test_a_page_mapped_twice_is_left_alone(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1, 1)
    box.fork()
    before = box.pte(addr)
    for advice in (MADV_COLD, MADV_PAGEOUT):
        assert box.madvise(addr, 1, advice) == 0
        assert box.pte(addr) == before


# --- FREE ---
@EVERY_KERNEL
def test_free_then_drain_then_pageout_drops_the_page(kernel: str) -> None:
    # facts/lru-and-swap.md: clean and refcount = 1 + mapcount: dropped, the next read is zero
    box = Box(kernel)
    addr = box.anon(1, 9)
    assert box.madvise(addr, 1, MADV_FREE) == 0
    box.drain()
    assert box.m.page_list[box.page(addr)] == LIST_INACTIVE_FILE
    assert box.smaps(addr)["LazyFree"] == 4
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    assert box.kinds(addr, 1) == ["none"]
    assert (box.vmstat("pglazyfree"), box.vmstat("pglazyfreed")) == (1, 1)
    assert box.vmstat("pswpout") == 0
    box.checked = False  # `content` knows what was written, lazyfree pages may read zero
    assert box.read(addr) == [0]


@EVERY_KERNEL
def test_a_write_after_free_keeps_the_page(kernel: str) -> None:
    # facts/lru-and-swap.md: redirtied: entry restored, swap-backed again, activated
    box = Box(kernel)
    addr = box.anon(1, 9)
    box.madvise(addr, 1, MADV_FREE)
    box.drain()
    assert box.write(addr, 10) == 0
    page = box.page(addr)
    assert box.madvise(addr, 1, MADV_PAGEOUT) == 0
    assert box.page(addr) == page and box.m.page_flags[page] & PG_SWAPBACKED
    assert box.m.page_flags[page] & PG_ACTIVE
    assert box.read(addr) == [10]


@EVERY_KERNEL
def test_free_of_a_swap_entry_drops_it(kernel: str) -> None:
    # facts/madvise.md: swap entry freed, PTE cleared, MM_SWAPENTS - 1
    box = Box(kernel)
    addr = box.anon(2, 1, 2)
    box.madvise(addr, 2, MADV_PAGEOUT)
    assert box.smaps(addr)["Swap"] == 8
    assert box.madvise(addr, 1, MADV_FREE) == 0
    assert box.kinds(addr, 2) == ["none", "swap"] and box.smaps(addr)["Swap"] == 4
    assert box.m.swap_count[1] == 0 and box.m.swap_count[2] == 1


@EVERY_KERNEL
def test_free_is_for_anonymous_memory(kernel: str) -> None:
    box = Box(kernel)
    for ops in (OPS_FILE, OPS_SHMEM, OPS_FSDAX):
        assert box.madvise(box.file(ops, 1), 1, MADV_FREE) == -EINVAL


# --- errors: facts/madvise.md ---
@EVERY_KERNEL
def test_arguments(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(2, 1)
    assert box.madvise(addr + 8, 1, MADV_COLD) == -EINVAL
    assert box.madvise(addr, 1, 7) == -EINVAL and box.madvise(addr, 1, 26) == -EINVAL
    assert box.madvise(addr, 0, MADV_COLD) == 0
    assert box.madvise(addr, 0, 7) == -EINVAL  # the advice is looked at first
    known = kernel == LANDED
    assert (box.madvise(addr, 2, MADV_DONTNEED_LOCKED) == 0) == known
    assert box.madvise(addr, 2, MADV_COLLAPSE) == -EINVAL


@EVERY_KERNEL
def test_a_hole_gives_enomem_after_the_mapped_parts(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(4, 1, 2, 3, 4)
    box.munmap(addr + PAGE, 1)
    assert box.madvise(addr, 4, MADV_DONTNEED) == -ENOMEM
    assert box.kinds(addr + 2 * PAGE, 2) == ["none"] * 2
    assert box.madvise(addr + 5 * PAGE, 1, MADV_DONTNEED) == -ENOMEM


@EVERY_KERNEL
def test_an_error_of_a_later_vma_wins_over_the_hole_and_ends_the_walk(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(6, 1, 2, 3, 4, 5, 6)
    box.munmap(addr + PAGE, 1)
    box.mlock(addr + 3 * PAGE, 1)
    assert box.madvise(addr, 6, MADV_DONTNEED) == -EINVAL
    assert box.kinds(addr, 1) == ["none"]
    assert box.kinds(addr + 2 * PAGE, 4) == ["none", "ram", "ram", "ram"]


@EVERY_KERNEL
@pytest.mark.parametrize("advice", (MADV_COLD, MADV_PAGEOUT, MADV_FREE, MADV_DONTNEED))
def test_locked_and_pfnmap_are_refused(kernel: str, advice: int) -> None:
    box = Box(kernel)
    addr = box.anon(1, 1)
    box.mlock(addr, 1)
    assert box.madvise(addr, 1, advice) == -EINVAL
    assert box.madvise(box.file(OPS_PFNMAP, 1), 1, advice) == -EINVAL


def test_dontneed_locked_takes_locked_memory() -> None:
    box = Box(LANDED)
    addr = box.anon(1, 1)
    box.mlock(addr, 1)
    assert box.madvise(addr, 1, MADV_DONTNEED_LOCKED) == 0
    assert box.kinds(addr, 1) == ["none"]
    box.drain()
    assert box.vmstat("nr_mlock") == 0


@EVERY_KERNEL
def test_remove_and_failures_by_hand(kernel: str) -> None:
    box = Box(kernel)
    assert box.madvise(box.anon(1, 1), 1, MADV_REMOVE) == -EINVAL
    private = box.file(OPS_SHMEM, 1, flags=2)
    assert box.madvise(private, 1, MADV_REMOVE) == -EACCES
    assert box.madvise(box.file(OPS_SHMEM, 1), 1, MADV_REMOVE) == 0
    with pytest.raises(NotModelled):
        box.madvise(private, 1, MADV_HWPOISON)
    box.m.setting[SET_CAPABLE] = 0
    assert box.madvise(private, 1, MADV_HWPOISON) == -EPERM


# --- POPULATE, WILLNEED ---
@EVERY_KERNEL
def test_populate(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(3)
    assert box.madvise(addr, 1, MADV_POPULATE_READ) == 0
    assert box.madvise(addr + PAGE, 2, MADV_POPULATE_WRITE) == 0
    assert box.kinds(addr, 3) == ["ram"] * 3
    assert box.smaps(addr)["Rss"] == 8  # the first is the zero page
    readonly = box.call(OP_MMAP, box.task, 1, 1, 0x22)
    assert box.madvise(readonly, 1, MADV_POPULATE_WRITE) == -EINVAL
    assert box.madvise(box.file(OPS_PFNMAP, 1), 1, MADV_POPULATE_READ) == -EINVAL
    short = box.file(OPS_FILE, 1)
    box.m.file_size[box.m.vma_file[box.vma(short)]] = 0
    box.checked = False
    assert box.madvise(short, 1, MADV_POPULATE_READ) == -EFAULT  # SIGBUS


@EVERY_KERNEL
def test_populate_of_a_lock_on_fault_area_locks_what_it_brings(kernel: str) -> None:
    # facts/mlock.md: in 5.17 MADV_POPULATE_* carries FOLL_MLOCK; later the rmap locks new pages
    box = Box(kernel)
    addr = box.anon(1)
    assert box.call(OP_MLOCK2, box.task, addr, 1, 1) == 0  # mlock2(MLOCK_ONFAULT)
    assert box.kinds(addr, 1) == ["none"]
    assert box.madvise(addr, 1, MADV_POPULATE_WRITE) == 0
    assert box.page_flags(addr) & PG_MLOCKED


@EVERY_KERNEL
def test_willneed_fills_the_swap_cache(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1, 5)
    box.madvise(addr, 1, MADV_PAGEOUT)
    assert box.madvise(addr, 1, MADV_WILLNEED) == 0
    assert box.kinds(addr, 1) == ["swap"] and box.m.swap_page[1] != 0
    major = box.vmstat("pgmajfault")
    assert box.read(addr) == [5]
    assert box.vmstat("pgmajfault") == major  # it was there already
    assert box.madvise(box.file(OPS_FSDAX, 1), 1, MADV_WILLNEED) == 0


@EVERY_KERNEL
def test_willneed_on_files(kernel: str) -> None:
    box = Box(kernel)
    addr = box.file(OPS_SHMEM, 2)
    assert box.write(addr, 5) == 0
    box.madvise(addr, 2, MADV_PAGEOUT)
    assert box.madvise(addr, 2, MADV_WILLNEED) == 0
    assert box.m.swap_page[1] != 0 and box.kinds(addr, 2) == ["none"] * 2
    assert box.read(addr) == [5] and box.vmstat("pgmajfault") == 0
    cached = box.vmstat("nr_file_pages")
    on_disk = box.file(OPS_FILE, 2)
    box.read(on_disk, 2)
    box.madvise(on_disk, 2, MADV_PAGEOUT)
    assert box.vmstat("nr_file_pages") == cached
    assert box.madvise(on_disk, 2, MADV_WILLNEED) == 0
    assert box.vmstat("nr_file_pages") == cached + 2


def test_collapse_of_what_could_be_a_huge_page() -> None:
    # mm/khugepaged.c:madvise_collapse: no aligned 2 MiB in the range: nothing failed (0) when it
    # is empty, a failure of no unit (-EINVAL) when its ends pass each other
    box = Box(LANDED)
    addr = box.anon(1100)
    assert box.madvise(addr, 1, MADV_COLLAPSE) == -EINVAL  # no anon_vma yet
    assert box.write(addr, 1) == 0
    aligned = -(-addr // (1 << 21)) * (1 << 21)
    assert box.madvise(aligned, 1, MADV_COLLAPSE) == 0
    assert box.madvise(aligned + PAGE, 1, MADV_COLLAPSE) == -EINVAL
    assert box.madvise(aligned, 512, MADV_COLLAPSE) == 0
    box.madvise(addr, 1100, MADV_NOHUGEPAGE)
    assert box.madvise(aligned, 512, MADV_COLLAPSE) == -EINVAL


# --- flags of the VMA ---
FLAG_ADVICE = (
    (MADV_SEQUENTIAL, VM_SEQ_READ, MADV_NORMAL),
    (MADV_RANDOM, VM_RAND_READ, MADV_NORMAL),
    (MADV_DONTFORK, VM_DONTCOPY, MADV_DOFORK),
    (MADV_WIPEONFORK, VM_WIPEONFORK, MADV_KEEPONFORK),
    (MADV_DONTDUMP, VM_DONTDUMP, MADV_DODUMP),
    (MADV_MERGEABLE, VM_MERGEABLE, MADV_UNMERGEABLE),
)


@EVERY_KERNEL
@pytest.mark.parametrize(("advice", "bit", "undo"), FLAG_ADVICE)
def test_flag_advice_splits_and_merges_back(kernel: str, advice: int, bit: int, undo: int) -> None:
    box = Box(kernel)
    addr = box.anon(4, 1, 2, 3, 4)
    assert box.madvise(addr + PAGE, 2, advice) == 0
    parts = [bool(box.vma_flags(addr + i * PAGE) & bit) for i in range(4)]
    assert parts == [False, True, True, False]
    assert box.m.vma_start[box.vma(addr + PAGE)] == addr + PAGE
    assert box.m.vma_end[box.vma(addr + PAGE)] == addr + 3 * PAGE
    assert box.read(addr, 4) == [1, 2, 3, 4]
    assert box.madvise(addr, 4, undo) == 0
    assert box.vma_flags(addr) & bit == 0
    vma = box.vma(addr)
    assert (box.m.vma_start[vma], box.m.vma_end[vma]) == (addr, addr + 4 * PAGE)
    live = [v for v in range(1, box.m.used[SIZE_V]) if box.m.vma_mm[v]]
    assert live == [vma]
    assert box.read(addr, 4) == [1, 2, 3, 4]


@EVERY_KERNEL
def test_hugepage_flags(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1)
    assert box.madvise(addr, 1, MADV_HUGEPAGE) == 0 and box.vma_flags(addr) & VM_HUGEPAGE
    assert box.madvise(addr, 1, MADV_NOHUGEPAGE) == 0
    assert box.vma_flags(addr) & (VM_HUGEPAGE | VM_NOHUGEPAGE) == VM_NOHUGEPAGE


@EVERY_KERNEL
def test_flag_advice_that_a_vma_refuses(kernel: str) -> None:
    # facts/madvise.md: DOFORK on IO, DODUMP on special, WIPE on anything but private anon
    box = Box(kernel)
    pfnmap = box.file(OPS_PFNMAP, 1)
    assert box.madvise(pfnmap, 1, MADV_DOFORK) == -EINVAL
    assert box.madvise(pfnmap, 1, MADV_DODUMP) == -EINVAL
    assert box.madvise(box.file(OPS_SHMEM, 1), 1, MADV_WIPEONFORK) == -EINVAL
    assert box.madvise(pfnmap, 1, MADV_MERGEABLE) == 0  # silently ignored
    assert box.vma_flags(pfnmap) & VM_MERGEABLE == 0


@EVERY_KERNEL
def test_fork_obeys_dontfork_and_wipeonfork(kernel: str) -> None:
    box = Box(kernel)
    gone = box.anon(1, 1)
    wiped = box.anon(1, 2)
    box.madvise(gone, 1, MADV_DONTFORK)
    box.madvise(wiped, 1, MADV_WIPEONFORK)
    child = box.fork()
    assert box.read(wiped, 1, task=child) == [0]
    assert find_vma(box.m, box.m.task_mm[child], gone) == 0


# --- process_madvise ---
@EVERY_KERNEL
def test_process_madvise(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(2, 1, 2)
    assert box.call(OP_PROCESS_MADVISE, box.task, box.task, addr, 2, MADV_PAGEOUT, 0) == 2 * PAGE
    assert box.kinds(addr, 2) == ["swap"] * 2
    assert box.call(OP_PROCESS_MADVISE, box.task, box.task, addr, 2, MADV_DONTNEED, 0) == -EINVAL
    assert box.call(OP_PROCESS_MADVISE, box.task, box.task, addr, 2, MADV_COLD, 1) == -EINVAL
    box.m.setting[SET_CAPABLE] = 0
    assert box.call(OP_PROCESS_MADVISE, box.task, box.task, addr, 2, MADV_COLD, 0) == -EPERM
