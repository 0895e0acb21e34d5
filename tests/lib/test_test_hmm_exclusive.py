# SPDX-License-Identifier: GPL-2.0-or-later
"""Device-exclusive access.  Expected values: facts/device-migration.md, or counted by hand."""

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_RW, pte_present, swp_type
from linuxmm.state.constants import MM_ANONPAGES, OPS_SHMEM, PG_MLOCKED
from linuxmm.state.flags import FOLL_GET
from linuxmm.state.layout import NR_MLOCK
from linuxmm.state.rules import SWT_EXCLUSIVE_READ, SWT_EXCLUSIVE_WRITE
from linuxmm.steps.migrate import (
    OP_HMM_CHECK_EXCLUSIVE,
    OP_HMM_EXCLUSIVE,
    OP_HMM_SETUP,
)
from linuxmm.uapi import MAP_SHARED, PROT_READ
from tests.mm.box import COHERENT, PRIVATE, Box, check_counts
from tests.some_kernels import EVERY_KERNEL

EINVAL, EBUSY, EPERM = -22, -16, -1


def exclusive(box: Box, n: int = 0) -> int:
    return box.call(OP_HMM_EXCLUSIVE, 0, box.task, box.a, n or box.n, PRIVATE)


def check(box: Box) -> int:
    return box.call(OP_HMM_CHECK_EXCLUSIVE, 0, box.task, box.a, box.n, PRIVATE)


@EVERY_KERNEL
def test_mapcount_goes_reference_and_rss_stay(kernel: str) -> None:
    """facts/device-migration.md: it drops the mapcount, keeps reference and rss."""
    box = Box(kernel, 1)
    box.write(tag=3)
    box.drain()
    page = box.page()
    assert exclusive(box) == 0
    assert box.out(2) == [1, 0]
    assert swp_type(box.pte()) == box.machine.k.swap_type[SWT_EXCLUSIVE_WRITE]
    assert (box.m.page_refcount[page], box.m.page_mapcount[page]) == (1, 0)
    assert box.rss(MM_ANONPAGES) == 1
    assert check(box) == EPERM
    check_counts(box)


@EVERY_KERNEL
def test_access_restores(kernel: str) -> None:
    """restore_exclusive_pte: writable if the entry was and the VMA allows it."""
    box = Box(kernel, 2)
    box.write(tag=3)
    page = box.page()
    exclusive(box)
    assert box.read() == [3, 3]
    assert box.page() == page
    assert box.pte() & PAGE_RW
    assert check(box) == 0
    check_counts(box)


@EVERY_KERNEL
def test_fills_holes_and_breaks_sharing(kernel: str) -> None:
    """The range is faulted in for writing first."""
    box = Box(kernel, 2)
    box.write(box.a, 3)
    child = box.fork()
    assert exclusive(box) == 0
    assert box.read(task=child) == [3, 0]
    assert box.read() == [3, 0]
    check_counts(box)


@EVERY_KERNEL
def test_fork_restores_first(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=3)
    exclusive(box)
    child = box.fork()
    assert pte_present(box.pte())
    assert box.pte() & PAGE_ACCESSED == 0  # restore_exclusive_pte makes it old
    assert box.read(task=child) == [3]
    check_counts(box)


@EVERY_KERNEL
def test_a_locked_page_is_locked_again(kernel: str) -> None:
    """mm/memory.c:restore_exclusive_pte in 5.17, page_add_anon_rmap in 6.1."""
    box = Box(kernel, 1)
    box.write(tag=3)
    box.drain()
    box.mlock(box.a, 1)
    page = box.page()
    exclusive(box)
    box.drain()
    assert (box.m.vmstat[NR_MLOCK], box.m.page_flags[page] & PG_MLOCKED) == (0, 0)
    box.read()
    box.drain()
    assert (box.m.vmstat[NR_MLOCK], box.m.page_flags[page] & PG_MLOCKED) == (1, PG_MLOCKED)
    check_counts(box)


@EVERY_KERNEL
def test_munmap(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=3)
    exclusive(box)
    box.munmap(box.a, 2)
    assert box.rss(MM_ANONPAGES) == 0
    check_counts(box)


@EVERY_KERNEL
def test_mprotect_takes_the_write(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=3)
    exclusive(box)
    box.mprotect(prot=PROT_READ)
    assert swp_type(box.pte()) == box.machine.k.swap_type[SWT_EXCLUSIVE_READ]
    assert box.read() == [3]
    assert not box.pte() & PAGE_RW
    check_counts(box)


@EVERY_KERNEL
def test_refused(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=3)
    assert box.call(OP_HMM_EXCLUSIVE, 0, box.task, box.a + 1, 1, PRIVATE) == EINVAL
    assert box.call(OP_HMM_EXCLUSIVE, 0, box.task, box.a, 9, PRIVATE) == EBUSY
    box.read()
    file = box.create_file(OPS_SHMEM, 2)
    box.a = box.mmap(2, MAP_SHARED, file=file)
    box.write(tag=1)
    assert exclusive(box) == EBUSY
    assert box.where() == ["n0", "n0"]
    check_counts(box)


@EVERY_KERNEL
def test_it_does_not_move(kernel: str) -> None:
    """move_pages sees no page; migrate_vma takes device-private entries only."""
    box = Box(kernel, 1)
    box.write(tag=3)
    exclusive(box)
    assert box.move_pages(node=1) == (0, [-2])
    assert box.call(OP_HMM_SETUP, 0, box.task, box.a, 1, COHERENT, 1) == 0


@EVERY_KERNEL
def test_gup_takes_it_back(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=3)
    exclusive(box)
    assert box.gup(box.a, FOLL_GET) == 1
    assert box.where() == ["n0"]


@EVERY_KERNEL
def test_device_pages(kernel: str) -> None:
    """A private page is pulled back by the fault, a coherent one stays where it is."""
    box = Box(kernel, 2)
    box.write(tag=3)
    box.to_device(box.a, 1, PRIVATE)
    box.to_device(box.at(1), 1, COHERENT)
    assert exclusive(box) == 0
    assert box.read() == [3, 3]
    assert box.where() == ["n0", "coh"]
    check_counts(box)
