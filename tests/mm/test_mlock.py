# SPDX-License-Identifier: GPL-2.0-or-later
"""mlock.  Expected values: facts/mlock.md, mm/mlock.c of both texts by hand."""

import pytest

from linuxmm.kernels import Test, load
from linuxmm.state.constants import (
    EINVAL,
    ENOMEM,
    EPERM,
    LIST_INACTIVE_ANON,
    LIST_UNEVICTABLE,
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_MLOCKED,
    PG_UNEVICTABLE,
    RANGE_COHERENT,
    SET_CAPABLE,
    SET_RLIMIT_MEMLOCK,
    VM_LOCKED,
    VM_LOCKONFAULT,
)
from linuxmm.steps.lru import OP_MLOCK, OP_MLOCK2, OP_MLOCKALL, OP_MUNLOCK, OP_MUNLOCKALL
from linuxmm.steps.memory import OP_MMAP
from linuxmm.steps.migrate import OP_HMM_MIGRATE
from linuxmm.uapi import MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT, MLOCK_ONFAULT
from tests.mm.box import PAGE, Box
from tests.some_kernels import BASE, EVERY_KERNEL, KERNELS, LANDED, SPLIT, with_test, without_test

PAGEVEC_KERNEL = pytest.mark.parametrize("kernel", (BASE, SPLIT))


def unevictable(box: Box) -> dict[str, int]:
    """The unevictable_pgs_* counters that are not zero."""
    names = ("culled", "rescued", "mlocked", "munlocked", "cleared", "stranded")
    return {name: n for name in names if (n := box.vmstat(f"unevictable_pgs_{name}"))}


@EVERY_KERNEL
def test_lock_and_unlock(kernel: str) -> None:
    # two pages: both marked, moved to the unevictable list once drained, and back
    box = Box(kernel)
    addr = box.anon(2, 1, 2)
    assert box.mlock(addr, 2) == 0
    assert box.vmstat("nr_mlock") == 2
    box.drain()
    for i in range(2):
        page = box.page(addr + i * PAGE)
        assert box.m.page_list[page] == LIST_UNEVICTABLE
        assert box.m.page_flags[page] & PG_MLOCKED and box.m.page_flags[page] & PG_UNEVICTABLE
    assert unevictable(box) == {"culled": 2, "mlocked": 2}
    assert box.munlock(addr, 2) == 0
    box.drain()
    assert box.vmstat("nr_mlock") == 0
    assert unevictable(box) == {"culled": 2, "mlocked": 2, "munlocked": 2, "rescued": 2}
    for i in range(2):
        assert box.m.page_list[box.page(addr + i * PAGE)] == LIST_INACTIVE_ANON
    mm = box.m.task_mm[box.task]
    assert box.m.mm_locked_vm[mm] == 0


@EVERY_KERNEL
def test_mlock_faults_in_what_is_missing(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(3)
    assert box.mlock(addr, 3) == 0
    assert box.kinds(addr, 3) == ["ram"] * 3
    assert box.vmstat("nr_mlock") == 3
    assert box.smaps(addr)["Locked"] == 12


@EVERY_KERNEL
def test_lock_on_fault_waits(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(2, 1)
    assert box.call(OP_MLOCK2, box.task, addr, 2, 2) == -EINVAL
    assert box.call(OP_MLOCK2, box.task, addr, 2, MLOCK_ONFAULT) == 0
    assert box.vma_flags(addr) & VM_LOCKONFAULT
    assert box.kinds(addr, 2) == ["ram", "none"]
    assert box.vmstat("nr_mlock") == 1  # what was there is locked at once
    assert box.write(addr + PAGE, 2) == 0
    assert box.vmstat("nr_mlock") == 2


@EVERY_KERNEL
def test_a_device_page(kernel: str) -> None:
    # facts/page-lookup.md: v5.17 PG_mlocked and Mlocked + 1 page; the others: not marked, returns 0
    box = Box(kernel)
    addr = box.coherent(1, 1)
    assert box.mlock(addr, 1) == 0
    marked = kernel == BASE
    assert bool(box.page_flags(addr) & PG_MLOCKED) == marked
    assert box.vmstat("nr_mlock") == int(marked)
    assert "culled" not in unevictable(box)  # never on a list
    assert box.munlock(addr, 1) == 0
    assert box.page_flags(addr) & PG_MLOCKED == 0 and box.vmstat("nr_mlock") == 0


def test_unmarking_a_device_page_counts_as_munlocked() -> None:
    # mm/mlock.c:__munlock_isolation_failed: off the lists and not unevictable
    box = Box(BASE)
    addr = box.coherent(1, 1)
    box.mlock(addr, 1)
    box.munlock(addr, 1)
    assert unevictable(box) == {"mlocked": 1, "munlocked": 1}


@EVERY_KERNEL
def test_the_zero_page_is_not_locked(kernel: str) -> None:
    box = Box(kernel)
    addr = box.call(OP_MMAP, box.task, 1, 1, 0x22)  # read-only: populate maps the zero page
    assert box.mlock(addr, 1) == 0
    assert box.vmstat("nr_mlock") == 0
    assert box.munlock(addr, 1) == 0


@EVERY_KERNEL
@pytest.mark.parametrize("ops", (OPS_FSDAX, OPS_PFNMAP, OPS_MIXEDMAP_PAGE))
def test_mappings_that_are_never_locked(kernel: str, ops: int) -> None:
    # facts/mlock.md: VM_SPECIAL and DAX: the call returns 0 and nothing is locked
    box = Box(kernel, checked=False)
    addr = box.file(ops, 1)
    assert box.mlock(addr, 1) == 0
    assert box.vma_flags(addr) & VM_LOCKED == 0
    assert box.m.mm_locked_vm[box.m.task_mm[box.task]] == 0


@EVERY_KERNEL
@pytest.mark.parametrize("ops", (OPS_FILE, OPS_SHMEM))
def test_file_pages_are_locked(kernel: str, ops: int) -> None:
    box = Box(kernel)
    addr = box.file(ops, 2)
    assert box.mlock(addr, 2) == 0
    box.drain()
    assert [box.m.page_list[box.page(addr + i * PAGE)] for i in range(2)] == [LIST_UNEVICTABLE] * 2
    assert box.munmap(addr, 2) == 0
    box.drain()
    assert box.vmstat("nr_mlock") == 0


@EVERY_KERNEL
def test_exit_leaves_nothing_locked(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(3, 1, 2, 3)
    box.mlock(addr, 3)
    box.exit()
    box.drain()
    assert box.vmstat("nr_mlock") == 0


@EVERY_KERNEL
def test_a_page_that_another_process_still_locks(kernel: str) -> None:
    # both processes lock the shared page; one unlocks: still mlocked; both: not
    box = Box(kernel)
    addr = box.file(OPS_SHMEM, 1)
    assert box.write(addr, 1) == 0
    child = box.fork()
    box.mlock(addr, 1)
    assert box.call(OP_MLOCK, child, addr, 1) == 0
    box.drain()
    box.munlock(addr, 1)
    box.drain()
    page = box.page(addr)
    assert box.m.page_flags[page] & PG_MLOCKED and box.m.page_list[page] == LIST_UNEVICTABLE
    assert box.call(OP_MUNLOCK, child, addr, 1) == 0
    box.drain()
    assert box.m.page_flags[page] & (PG_MLOCKED | PG_UNEVICTABLE) == 0


@EVERY_KERNEL
def test_more_than_one_batch(kernel: str) -> None:
    # 17 pages: the munlock batch holds 15, the per-CPU batches drain in between
    box = Box(kernel)
    addr = box.anon(17)
    assert box.mlock(addr, 17) == 0 and box.vmstat("nr_mlock") == 17
    box.drain()
    assert box.munlock(addr, 17) == 0
    box.drain()
    assert box.vmstat("nr_mlock") == 0
    assert unevictable(box)["munlocked"] == 17


@PAGEVEC_KERNEL
def test_the_munlock_batch_ends_at_a_page_of_another_zone_and_at_a_device_page(
    kernel: str,
) -> None:
    # sites 27 and 28: ram, device, ram: all ram pages are munlocked whatever lies between
    box = Box(kernel)
    addr = box.anon(3, 1, 2, 3)
    device = box.range_of(RANGE_COHERENT)
    box.call(OP_HMM_MIGRATE, box.task, box.task, addr + PAGE, 1, device)
    box.mlock(addr, 3)
    assert box.vmstat("nr_mlock") == (3 if kernel == BASE else 2)
    box.munlock(addr, 3)
    box.drain()
    assert box.vmstat("nr_mlock") == 0


@EVERY_KERNEL
def test_a_page_that_moves_to_a_device_while_locked_leaks(kernel: str) -> None:
    # facts/mlock.md: migration marks the new page whatever its type; split-v1 and 6.1 refuse it at
    # munlock; 6.1 has no safety net either, so that NR_MLOCK stays raised for good
    box = Box(kernel, checked=False)
    addr = box.anon(1, 1)
    box.mlock(addr, 1)
    box.drain()
    box.call(OP_HMM_MIGRATE, box.task, box.task, addr, 1, box.range_of(RANGE_COHERENT))
    box.drain()
    assert box.kinds(addr, 1) == ["dev"] and box.vmstat("nr_mlock") == 1
    box.munlock(addr, 1)
    box.drain()
    assert box.vmstat("nr_mlock") == (0 if kernel == BASE else 1)
    broken = {violation.invariant for violation in box.violations()}
    assert ("mlock" in broken) == (kernel != BASE)
    box.munmap(addr, 1)
    box.drain()
    assert box.vmstat("nr_mlock") == (1 if kernel == LANDED else 0)


# --- errors and limits ---
@EVERY_KERNEL
def test_limits(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(4, 1, 2, 3, 4)
    box.m.setting[SET_CAPABLE] = 0
    box.m.setting[SET_RLIMIT_MEMLOCK] = 0
    assert box.mlock(addr, 1) == -EPERM
    box.m.setting[SET_RLIMIT_MEMLOCK] = 2 * PAGE
    assert box.mlock(addr, 3) == -ENOMEM
    assert box.mlock(addr, 2) == 0
    assert box.mlock(addr, 2) == 0  # what is locked already does not count twice
    assert box.mlock(addr + PAGE, 2) == -ENOMEM
    assert box.call(OP_MLOCKALL, box.task, MCL_CURRENT) == -ENOMEM


@EVERY_KERNEL
def test_holes_and_unaligned_starts(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(3, 1, 2, 3)
    box.munmap(addr + PAGE, 1)
    assert box.mlock(addr, 3) == -ENOMEM
    assert box.vma_flags(addr) & VM_LOCKED  # the part before the hole is locked
    assert box.vma_flags(addr + 2 * PAGE) & VM_LOCKED == 0
    assert box.mlock(addr + PAGE, 1) == -ENOMEM
    assert box.munlock(addr + 2 * PAGE + 8, 0) == 0  # rounded to the page
    assert box.mlock(addr + 2 * PAGE + 8, 0) == 0
    assert box.vma_flags(addr + 2 * PAGE) & VM_LOCKED


@EVERY_KERNEL
def test_parts_split_and_merge_back(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(3, 1, 2, 3)
    box.mlock(addr + PAGE, 1)
    assert box.m.mm_locked_vm[box.m.task_mm[box.task]] == 1
    assert box.vmstat("nr_mlock") == 1
    box.munlock(addr, 3)
    assert box.m.vma_end[box.vma(addr)] == addr + 3 * PAGE
    assert box.read(addr, 3) == [1, 2, 3]


@EVERY_KERNEL
def test_mlockall(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(2, 1)
    for flags in (0, MCL_ONFAULT, 8):
        assert box.call(OP_MLOCKALL, box.task, flags) == -EINVAL
    assert box.call(OP_MLOCKALL, box.task, MCL_CURRENT | MCL_FUTURE) == 0
    assert box.kinds(addr, 2) == ["ram"] * 2
    later = box.mmap(1, 0x22)
    assert box.vma_flags(later) & VM_LOCKED
    assert box.call(OP_MUNLOCKALL, box.task) == 0
    assert box.vma_flags(addr) & VM_LOCKED == 0 and box.vma_flags(later) & VM_LOCKED == 0
    box.drain()
    assert box.vmstat("nr_mlock") == 0
    assert box.vma_flags(box.anon(1)) & VM_LOCKED == 0


@EVERY_KERNEL
def test_mlockall_on_fault(kernel: str) -> None:
    box = Box(kernel)
    addr = box.anon(1)
    assert box.call(OP_MLOCKALL, box.task, MCL_CURRENT | MCL_ONFAULT) == 0
    assert box.kinds(addr, 1) == ["none"] and box.vma_flags(addr) & VM_LOCKONFAULT


# --- seeded wrong rules ---
def test_a_munlock_that_refuses_what_mlock_marked_breaks_the_promise() -> None:
    refuse = Test("zone_device", "skip", True, "")
    kernel = with_test(BASE, "mm/mlock.c:munlock_vma_pages_range", refuse)
    box = Box(kernel, checked=False)
    addr = box.coherent(1, 1)
    box.mlock(addr, 1)
    assert box.violations() == []
    box.munlock(addr, 1)
    assert "mlock" in {violation.invariant for violation in box.violations()}


def test_the_record_decides_at_mlock_pte_range() -> None:
    site = "mm/mlock.c:mlock_pte_range"
    box = Box(without_test(LANDED, site, "zone_device"))
    addr = box.coherent(1, 1)
    box.mlock(addr, 1)
    assert box.page_flags(addr) & PG_MLOCKED  # marked, and never on a list
    refused = Box(with_test(LANDED, site, Test("not_anon", "stop")))
    mapped = refused.file(OPS_SHMEM, 1)
    assert refused.write(mapped, 1) == 0
    refused.mlock(mapped, 1)
    assert refused.page_flags(mapped) & PG_MLOCKED == 0


@PAGEVEC_KERNEL
def test_the_record_decides_at_the_munlock_sites(kernel: str) -> None:
    fill = Test("not_anon", "stop")
    box = Box(with_test(kernel, "mm/mlock.c:__munlock_pagevec_fill", fill))
    addr = box.file(OPS_SHMEM, 2)
    box.mlock(addr, 2)
    box.munlock(addr, 2)
    assert box.vmstat("nr_mlock") == 0  # each page then starts a batch of its own
    whole = Test("not_anon", "skip", True)
    leak = Box(with_test(kernel, "mm/mlock.c:munlock_vma_pages_range", whole), checked=False)
    addr = leak.file(OPS_SHMEM, 1)
    leak.mlock(addr, 1)
    leak.munlock(addr, 1)
    assert leak.vmstat("nr_mlock") == 1


def test_the_kernels_have_the_sites_of_their_scheme() -> None:
    for kernel in KERNELS:
        record = load(kernel)
        assert record.site("mm/mlock.c:mlock_pte_range").absent == (kernel != LANDED)
        assert record.site("mm/mlock.c:__munlock_pagevec_fill").absent == (kernel == LANDED)
