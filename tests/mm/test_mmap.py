"""mmap, munmap, fork and exit.  Expected values: mm/mmap.c, kernel/fork.c (both kernels alike)."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, pte_none
from linuxmm.machine import MachineSpec, RangeSpec
from linuxmm.mm.mlock.syscalls import MCL_FUTURE, MCL_ONFAULT
from linuxmm.mm.mmap import MAP_LOCKED, MAP_NORESERVE, MAP_POPULATE, MAP_PRIVATE, MAP_SHARED
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
    PROT_READ,
    PVEC_ACTIVATE,
    SET_CAPABLE,
    SET_RLIMIT_MEMLOCK,
    VM_ACCOUNT,
    VM_LOCKED,
)
from linuxmm.state.layout import SIZE_V
from linuxmm.steps.lru import OP_MADVISE, OP_MLOCKALL
from linuxmm.steps.memory import OP_CREATE_FILE, OP_FAIL_ALLOC, OP_FORK, OP_MMAP, OP_MUNMAP
from tests.mm.memory.box import KERNELS, RW, Box

EVERY_KERNEL = pytest.mark.parametrize("kernel", KERNELS)
MADV_DONTFORK, MADV_WIPEONFORK, MADV_DONTNEED = 10, 18, 4


def flags(box: Box, addr: int, task: int = 0) -> int:
    return int(box.m.vma_flags[find_vma(box.m, box.m.task_mm[task or box.p], addr)])


@pytest.mark.parametrize(
    ("prot", "how", "counted"),
    [(RW, 0, True), (PROT_READ, 0, False), (RW, MAP_NORESERVE, False)],
)
def test_what_is_counted_as_committed(prot: int, how: int, counted: bool) -> None:
    """accountable_mapping: private, writable, not MAP_NORESERVE."""
    box = Box()
    a = box.call(OP_MMAP, box.p, 1, prot, MAP_PRIVATE | how)
    assert bool(flags(box, a) & VM_ACCOUNT) == counted
    shared = box.of_file(OPS_SHMEM)
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
    got = box.call(OP_MMAP, box.p, 3, RW, MAP_PRIVATE | how)
    assert got == result or (result == 0 and got > 0)


@EVERY_KERNEL
def test_populate_goes_on_after_a_failure(kernel: str) -> None:
    """__mm_populate with ignore_errors: a part is no error, and the rest is tried again."""
    box = Box(kernel)
    box.call(OP_FAIL_ALLOC, box.p, 1)
    a = box.call(OP_MMAP, box.p, 3, RW, MAP_PRIVATE | MAP_POPULATE)
    assert [pte_none(box.pte(a + i * 4096)) for i in range(3)] == [1, 1, 1]  # the first one failed
    file = box.call(OP_CREATE_FILE, box.p, OPS_SHMEM, 3, 0)
    first = box.call(OP_MMAP, box.p, 1, RW, MAP_SHARED, file)
    box.write(first)
    box.call(OP_FAIL_ALLOC, box.p, 1)
    b = box.call(OP_MMAP, box.p, 3, RW, MAP_SHARED | MAP_POPULATE, file)
    assert [pte_none(box.pte(b + i * 4096)) for i in range(3)] == [0, 0, 0]


@EVERY_KERNEL
def test_a_mapping_that_cannot_be_locked_is_populated_all_the_same(kernel: str) -> None:
    """do_mmap decides with the flags asked for, mmap_region takes VM_LOCKED away for DAX."""
    box = Box(kernel)
    dax = [r.name for r in box.machine.spec.ranges].index("dax0") + 1
    file = box.call(OP_CREATE_FILE, box.p, OPS_FSDAX, 1, dax)
    a = box.machine.call(OP_MMAP, box.p, 1, RW, MAP_SHARED | MAP_LOCKED, file)
    assert flags(box, a) & VM_LOCKED == 0
    assert box.pte(a) & PAGE_SPECIAL
    box.call(OP_MLOCKALL, box.p, MCL_FUTURE | MCL_ONFAULT)
    b = box.machine.call(OP_MMAP, box.p, 1, RW, MAP_SHARED, file)
    assert box.pte(b) & PAGE_SPECIAL  # VM_LOCKONFAULT is gone as well


def test_a_driver_that_fails_leaves_no_mapping() -> None:
    box = Box()
    file = box.call(OP_CREATE_FILE, box.p, OPS_MIXEDMAP_PAGE, 2, 0)
    box.call(OP_FAIL_ALLOC, box.p, 1)
    assert box.call(OP_MMAP, box.p, 2, RW, MAP_SHARED, file) == -ENOMEM
    assert [v for v in range(1, box.m.used[SIZE_V]) if box.m.vma_mm[v]] == []
    assert box.m.mm_total_vm[box.m.task_mm[box.p]] == 0


@EVERY_KERNEL
def test_munmap_drains_once_before_it_zaps(kernel: str) -> None:
    """unmap_region: what zapping puts into this CPU's batches stays there."""
    box = Box(kernel)
    file = box.call(OP_CREATE_FILE, box.p, OPS_SHMEM, 2, 0)
    spans = [box.call(OP_MMAP, box.p, 1, RW, MAP_SHARED, file, i) for i in range(2)]
    for a in spans:
        box.write(a)
    box.drain()
    for a in spans:
        box.m.page_flags[box.page(a)] |= PG_REFERENCED
    npages = (spans[1] - spans[0]) // 4096 + 1
    box.call(OP_MUNMAP, box.p, spans[0], npages)
    assert box.m.pvec_nr[PVEC_ACTIVATE] == 2


def test_a_part_of_two_mappings_is_unmapped() -> None:
    box = Box()
    a, b = box.anon(3), box.anon(3)
    box.write(a, 3)
    box.write(b, 3)
    box.call(OP_MUNMAP, box.p, a + 4096, (b - a) // 4096)
    assert (box.read(a), box.read(b + 2 * 4096)) == ([0x11], [0x11])
    assert box.rss(MM_ANONPAGES) == 3
    assert box.m.mm_total_vm[box.m.task_mm[box.p]] == 3


def test_the_peak_of_rss() -> None:
    """update_hiwater_rss before an unmap and a MADV_DONTNEED; a child starts with its own."""
    box = Box()
    mm = box.m.task_mm[box.p]
    a = box.anon(4)
    box.write(a, 4)
    box.fork()  # fork and munmap synchronise nothing of the parent's deltas
    box.call(OP_MADVISE, box.p, a, 4, MADV_DONTNEED)
    before = box.m.mm_hiwater_rss[mm]
    box.write(a, 4)
    child = box.call(OP_FORK, box.p)
    assert box.m.mm_hiwater_rss[box.m.task_mm[child]] == 4
    box.call(OP_MUNMAP, child, a, 4)
    assert box.m.mm_hiwater_rss[box.m.task_mm[child]] == 4
    assert before == 0  # the four faults were deltas of the task still (SPLIT_RSS_COUNTING)


@EVERY_KERNEL
def test_what_a_child_gets(kernel: str) -> None:
    """dup_mmap: VM_DONTCOPY areas are not there, VM_WIPEONFORK ones are empty, none is locked."""
    box = Box(kernel)
    a, b, c = (box.anon(1) for _ in range(3))
    locked = box.call(OP_MMAP, box.p, 1, RW, MAP_PRIVATE | MAP_LOCKED)
    for addr in (a, b, c):
        box.write(addr)
    box.call(OP_MADVISE, box.p, a, 1, MADV_DONTFORK)
    box.call(OP_MADVISE, box.p, b, 1, MADV_WIPEONFORK)
    child = box.fork()
    mm = box.m.task_mm[child]
    assert find_vma(box.m, mm, a) == 0
    assert pte_none(box.pte(b, child)) and not pte_none(box.pte(c, child))
    assert flags(box, locked) & VM_LOCKED and flags(box, locked, child) & VM_LOCKED == 0
    assert (box.m.mm_total_vm[mm], box.m.mm_locked_vm[mm]) == (3, 0)
    assert box.m.vma_anon_vma[find_vma(box.m, mm, b)] == 0
