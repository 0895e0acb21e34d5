# SPDX-License-Identifier: GPL-2.0-or-later
"""mmap, munmap, fork and exit.  Expected values: mm/mmap.c, kernel/fork.c (both kernels alike)."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, pte_none
from linuxmm.machine import MachineSpec, RangeSpec
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EAGAIN,
    ENOMEM,
    EPERM,
    MM_ANONPAGES,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_SHMEM,
    PG_REFERENCED,
    PVEC_ACTIVATE,
    SET_CAPABLE,
    SET_RLIMIT_MEMLOCK,
    VM_ACCOUNT,
    VM_LOCKED,
)
from linuxmm.state.layout import SIZE_V
from linuxmm.steps.lru import OP_MLOCKALL
from linuxmm.steps.memory import OP_FAIL_ALLOC, OP_MMAP, OP_MUNMAP
from linuxmm.uapi import (
    MADV_DONTFORK,
    MADV_DONTNEED,
    MADV_WIPEONFORK,
    MAP_LOCKED,
    MAP_NORESERVE,
    MAP_POPULATE,
    MAP_PRIVATE,
    MAP_SHARED,
    MCL_FUTURE,
    MCL_ONFAULT,
    PROT_READ,
)
from tests.mm.box import RW, Box
from tests.some_kernels import EVERY_KERNEL, SPLIT


def flags(box: Box, addr: int, task: int = 0) -> int:
    return int(box.m.vma_flags[find_vma(box.m, box.m.task_mm[task or box.task], addr)])


@pytest.mark.parametrize(
    ("prot", "how", "counted"),
    [(RW, 0, True), (PROT_READ, 0, False), (RW, MAP_NORESERVE, False)],
)
def test_what_is_counted_as_committed(prot: int, how: int, counted: bool) -> None:
    """accountable_mapping: private, writable, not MAP_NORESERVE."""
    box = Box()
    a = box.call(OP_MMAP, box.task, 1, prot, MAP_PRIVATE | how)
    assert bool(flags(box, a) & VM_ACCOUNT) == counted
    shared = box.file(OPS_SHMEM)
    assert flags(box, shared) & VM_ACCOUNT == 0


@pytest.mark.parametrize(
    ("limit", "how", "result"),
    [(0, MAP_LOCKED, -EPERM), (2 * 4096, MAP_LOCKED, -EAGAIN), (4 * 4096, MAP_LOCKED, 0)],
)
def test_the_limit_of_locked_memory(limit: int, how: int, result: int) -> None:
    """can_do_mlock, then mlock_future_check."""
    spec = MachineSpec(
        (RangeSpec("node0", 1 << 17),),
        settings=((SET_CAPABLE, 0), (SET_RLIMIT_MEMLOCK, limit)),
    )
    box = Box(spec=spec)
    got = box.mmap(3, MAP_PRIVATE | how)
    assert got == result or (result == 0 and got > 0)


@EVERY_KERNEL
def test_populate_goes_on_after_a_failure(kernel: str) -> None:
    """__mm_populate with ignore_errors: a part is no error, and the rest is tried again."""
    box = Box(kernel)
    box.call(OP_FAIL_ALLOC, box.task, 1)
    a = box.mmap(3, MAP_PRIVATE | MAP_POPULATE)
    assert [pte_none(box.pte(a + i * 4096)) for i in range(3)] == [1, 1, 1]  # the first one failed
    file = box.create_file(OPS_SHMEM, 3)
    first = box.mmap(1, MAP_SHARED, file=file)
    box.write(first)
    box.call(OP_FAIL_ALLOC, box.task, 1)
    b = box.call(OP_MMAP, box.task, 3, RW, MAP_SHARED | MAP_POPULATE, file)
    assert [pte_none(box.pte(b + i * 4096)) for i in range(3)] == [0, 0, 0]


@EVERY_KERNEL
def test_a_mapping_that_cannot_be_locked_is_populated_all_the_same(kernel: str) -> None:
    """do_mmap decides with the flags asked for, mmap_region takes VM_LOCKED away for DAX."""
    box = Box(kernel, checked=kernel != SPLIT)  # which reports DAX pages
    file = box.create_file(OPS_FSDAX, 1)
    a = box.call(OP_MMAP, box.task, 1, RW, MAP_SHARED | MAP_LOCKED, file)
    assert flags(box, a) & VM_LOCKED == 0
    assert box.pte(a) & PAGE_SPECIAL
    box.call(OP_MLOCKALL, box.task, MCL_FUTURE | MCL_ONFAULT)
    b = box.mmap(1, MAP_SHARED, file=file)
    assert box.pte(b) & PAGE_SPECIAL  # VM_LOCKONFAULT is gone as well


def test_a_driver_that_fails_leaves_no_mapping() -> None:
    box = Box()
    file = box.create_file(OPS_MIXEDMAP_PAGE, 2)
    box.call(OP_FAIL_ALLOC, box.task, 1)
    assert box.mmap(2, MAP_SHARED, file=file) == -ENOMEM
    assert [v for v in range(1, box.m.used[SIZE_V]) if box.m.vma_mm[v]] == []
    assert box.m.mm_total_vm[box.m.task_mm[box.task]] == 0


@EVERY_KERNEL
def test_munmap_drains_once_before_it_zaps(kernel: str) -> None:
    """unmap_region: what zapping puts into this CPU's batches stays there."""
    box = Box(kernel)
    file = box.create_file(OPS_SHMEM, 2)
    spans = [box.call(OP_MMAP, box.task, 1, RW, MAP_SHARED, file, i) for i in range(2)]
    for a in spans:
        box.write(a)
    box.drain()
    for a in spans:
        box.m.page_flags[box.page(a)] |= PG_REFERENCED
    npages = (spans[1] - spans[0]) // 4096 + 1
    box.munmap(spans[0], npages)
    assert box.m.pvec_nr[PVEC_ACTIVATE] == 2


def test_a_part_of_two_mappings_is_unmapped() -> None:
    box = Box()
    a, b = box.anon(3), box.anon(3)
    box.write(a, npages=3)
    box.write(b, npages=3)
    box.call(OP_MUNMAP, box.task, a + 4096, (b - a) // 4096)
    assert (box.read(a), box.read(b + 2 * 4096)) == ([0x11], [0x11])
    assert box.rss(MM_ANONPAGES) == 3
    assert box.m.mm_total_vm[box.m.task_mm[box.task]] == 3


def test_the_peak_of_rss() -> None:
    """update_hiwater_rss before an unmap and a MADV_DONTNEED; a child starts with its own."""
    box = Box()
    mm = box.m.task_mm[box.task]
    a = box.anon(4)
    box.write(a, npages=4)
    box.fork()  # fork and munmap synchronise nothing of the parent's deltas
    box.madvise(a, 4, MADV_DONTNEED)
    before = box.m.mm_hiwater_rss[mm]
    box.write(a, npages=4)
    child = box.fork()
    assert box.m.mm_hiwater_rss[box.m.task_mm[child]] == 4
    box.call(OP_MUNMAP, child, a, 4)
    assert box.m.mm_hiwater_rss[box.m.task_mm[child]] == 4
    assert before == 0  # the four faults were deltas of the task still (SPLIT_RSS_COUNTING)


@EVERY_KERNEL
def test_what_a_child_gets(kernel: str) -> None:
    """dup_mmap: VM_DONTCOPY areas are not there, VM_WIPEONFORK ones are empty, none is locked."""
    box = Box(kernel)
    a, b, c = (box.anon(1) for _ in range(3))
    locked = box.mmap(1, MAP_PRIVATE | MAP_LOCKED)
    for addr in (a, b, c):
        box.write(addr)
    box.madvise(a, 1, MADV_DONTFORK)
    box.madvise(b, 1, MADV_WIPEONFORK)
    child = box.fork()
    mm = box.m.task_mm[child]
    assert find_vma(box.m, mm, a) == 0
    assert pte_none(box.pte(b, child)) and not pte_none(box.pte(c, child))
    assert flags(box, locked) & VM_LOCKED and flags(box, locked, child) & VM_LOCKED == 0
    assert (box.m.mm_total_vm[mm], box.m.mm_locked_vm[mm]) == (3, 0)
    assert box.m.vma_anon_vma[find_vma(box.m, mm, b)] == 0
