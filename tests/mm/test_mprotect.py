# SPDX-License-Identifier: GPL-2.0-or-later
"""mm/mprotect.c.  Expected values: debian-6.1.json, the source, or counted by hand."""

from linuxmm.arch.x86.pgtable import (
    PAGE_DIRTY,
    PAGE_NX,
    PAGE_PROTNONE,
    PAGE_RW,
    SWP_SOFT_DIRTY,
    pte_pfn,
    swp_type,
)
from linuxmm.mm.mprotect import change_protection
from linuxmm.mm.page import page_to_pfn
from linuxmm.mm.vma import find_vma, set_vma_flags
from linuxmm.state.constants import OPS_FILE, OPS_PFNMAP, OPS_SHMEM, VM_MAYWRITE, VM_SOFTDIRTY
from linuxmm.state.layout import SIZE_V
from linuxmm.state.rules import (
    SWT_DEVICE_READ,
    SWT_DEVICE_WRITE,
    SWT_MIGRATION_READ,
    SWT_MIGRATION_READ_EXCLUSIVE,
)
from linuxmm.steps.migrate import OP_HMM_FINALIZE, OP_HMM_SETUP
from linuxmm.uapi import MAP_SHARED
from tests.mm.box import COHERENT, PRIVATE, RW, Box, check_counts
from tests.some_kernels import EVERY_KERNEL

EINVAL, ENOMEM, EACCES, SIGSEGV = -22, -12, -13, -2011
READ, NONE = 1, 0


def vmas(box: Box) -> list[tuple[int, int]]:
    """(start, end) of the process's VMAs in pages from the mapping's start."""
    m = box.m
    rows = [v for v in range(1, m.used[SIZE_V]) if m.vma_mm[v] == m.task_mm[box.task]]
    return sorted(((m.vma_start[v] - box.a) // 4096, (m.vma_end[v] - box.a) // 4096) for v in rows)


# --- the call ---
@EVERY_KERNEL
def test_errors(kernel: str) -> None:
    box = Box(kernel, 4)
    box.write(tag=1)
    assert box.mprotect(box.a + 1, 1, READ) == EINVAL
    assert box.mprotect(prot=READ) == 0
    assert box.mprotect(box.a, 0, READ) == 0
    box.munmap(box.at(1), 1)
    assert box.mprotect(box.at(1), 1, READ) == ENOMEM
    assert box.mprotect(box.a, 4, prot=NONE) == ENOMEM
    assert box.pte() & PAGE_PROTNONE  # what lies before the gap is changed already


@EVERY_KERNEL
def test_more_than_vm_may(kernel: str) -> None:
    box = Box(kernel, 1)
    vma = find_vma(box.m, box.m.task_mm[box.task], box.a)
    set_vma_flags(box.m, vma, box.m.vma_flags[vma] & ~VM_MAYWRITE & ~2)
    assert box.mprotect(prot=RW) == EACCES


@EVERY_KERNEL
def test_splits_and_merges(kernel: str) -> None:
    box = Box(kernel, 4)
    box.write(tag=5)
    assert box.mprotect(box.at(1), 2, prot=READ) == 0
    assert vmas(box) == [(0, 1), (1, 3), (3, 4)]
    assert box.write(box.at(1), 6) == SIGSEGV
    assert box.mprotect(box.at(1), 2, prot=RW) == 0
    assert vmas(box) == [(0, 4)]
    assert box.read() == [5] * 4
    check_counts(box)


# --- entries ---
@EVERY_KERNEL
def test_none_and_back(kernel: str) -> None:
    """debian-6.1.json mprotect_none_and_back: PROT_NONE entries keep page and contents."""
    box = Box(kernel, 4)
    box.write(tag=0x21)
    box.to_device(box.a, 2)
    pfns = [page_to_pfn(box.m, box.page(box.at(i))) for i in range(4)]
    assert box.mprotect(prot=NONE) == 0
    assert [pte_pfn(box.pte(box.at(i))) for i in range(4)] == pfns
    assert box.where() == ["coh", "coh", "n0", "n0"]
    assert box.read() == [SIGSEGV]
    statuses = [-2] * 4 if kernel == "v6.1" else [0] * 4
    assert box.move_pages() == (0, statuses)
    assert box.mprotect(prot=RW) == 0
    assert box.read() == [0x21] * 4
    check_counts(box)


@EVERY_KERNEL
def test_write_bit_comes_back(kernel: str) -> None:
    """6.1 gives a dirty page that is exclusive its write bit at once, 5.17 at the next fault."""
    box = Box(kernel, 3)
    box.write(tag=1)
    box.to_device(box.a)
    box.munmap(box.at(2), 1)
    box.mprotect(box.a, 2, prot=READ)
    assert [box.pte(box.at(i)) & PAGE_RW for i in (0, 1)] == [0, 0]
    box.mprotect(box.a, 2, prot=RW)
    writable = kernel == "v6.1"
    # the device page's entry is old and clean: finalize carries dirty only in 6.1
    assert [bool(box.pte(box.at(i)) & PAGE_RW) for i in (0, 1)] == [writable, writable]
    assert box.write(box.a, 2, 2) == 0
    check_counts(box)


@EVERY_KERNEL
def test_shared_pages_do_not_become_writable(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    box.fork()
    box.mprotect(prot=READ)
    box.mprotect(prot=RW)
    assert not box.pte() & PAGE_RW
    check_counts(box)


@EVERY_KERNEL
def test_zero_page_stays_read_only(kernel: str) -> None:
    box = Box(kernel, 1)
    box.read(box.a)
    box.mprotect(prot=READ)
    box.mprotect(prot=RW)
    assert box.where() == ["zero"]
    assert not box.pte() & PAGE_RW


@EVERY_KERNEL
def test_file_page_shared(kernel: str) -> None:
    """Dirty and shared: no write notification is missed, so it is writable at once."""
    box = Box(kernel, 1)
    file = box.create_file(OPS_FILE, 1)
    box.a = box.mmap(1, MAP_SHARED, file=file)
    box.write(tag=1)
    box.mprotect(prot=READ)
    box.mprotect(prot=RW)
    assert box.pte() & PAGE_RW
    box.mprotect(prot=READ)
    box.m.pte[box.slot()] = box.pte() & ~PAGE_DIRTY
    box.mprotect(prot=RW)
    assert not box.pte() & PAGE_RW


@EVERY_KERNEL
def test_shmem_page_is_writable_by_its_protection(kernel: str) -> None:
    box = Box(kernel, 1)
    file = box.create_file(OPS_SHMEM, 1)
    box.a = box.mmap(1, MAP_SHARED, file=file)
    box.read()
    box.mprotect(prot=READ)
    assert not box.pte() & PAGE_RW
    box.mprotect(prot=RW)
    assert box.pte() & PAGE_RW


@EVERY_KERNEL
def test_soft_dirty_tracking_keeps_the_write_fault(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    vma = find_vma(box.m, box.m.task_mm[box.task], box.a)
    set_vma_flags(box.m, vma, box.m.vma_flags[vma] & ~VM_SOFTDIRTY)
    slot = box.slot()
    box.m.pte[slot] = box.m.pte[slot] & ~(1 << 11)
    box.mprotect(prot=READ)
    box.mprotect(prot=RW)
    assert not box.pte() & PAGE_RW


@EVERY_KERNEL
def test_pfn_map_gets_the_new_protection(kernel: str) -> None:
    box = Box(kernel, 1)
    file = box.create_file(OPS_PFNMAP, 1)
    box.a = box.mmap(1, MAP_SHARED, file=file)
    pfn = pte_pfn(box.pte())
    assert box.mprotect(prot=READ) == 0
    assert not box.pte() & PAGE_RW
    assert pte_pfn(box.pte()) == pfn


@EVERY_KERNEL
def test_execute_clears_nx(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    assert box.pte() & PAGE_NX
    box.mprotect(prot=5)
    assert not box.pte() & PAGE_NX


# --- non-present entries lose the write ---
@EVERY_KERNEL
def test_private_entry(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    box.to_device(box.a, 1, PRIVATE)
    types = box.machine.k.swap_type
    assert swp_type(box.pte()) == types[SWT_DEVICE_WRITE]
    box.mprotect(prot=READ)
    assert swp_type(box.pte()) == types[SWT_DEVICE_READ]
    assert not box.pte() & SWP_SOFT_DIRTY
    box.mprotect(prot=RW)
    assert swp_type(box.pte()) == types[SWT_DEVICE_READ]
    assert box.write(tag=2) == 0
    check_counts(box)


@EVERY_KERNEL
def test_migration_entry(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    soft_dirty = 1 << 11
    had = box.pte() & soft_dirty
    box.call(OP_HMM_SETUP, 0, box.task, box.a, 1, COHERENT, 1)
    box.mprotect(prot=READ)
    kind = SWT_MIGRATION_READ_EXCLUSIVE if kernel == "v6.1" else SWT_MIGRATION_READ
    assert swp_type(box.pte()) == box.machine.k.swap_type[kind]
    box.call(OP_HMM_FINALIZE)
    assert not box.pte() & PAGE_RW
    assert box.pte() & soft_dirty == had
    check_counts(box)


@EVERY_KERNEL
def test_counts_only_what_changed(kernel: str) -> None:
    box = Box(kernel, 4)
    box.write(box.a, 1, 2)
    box.to_device(box.a, 1, PRIVATE)
    vma = find_vma(box.m, box.m.task_mm[box.task], box.a)
    args = (vma, box.a, box.at(4), box.m.vma_page_prot[vma], 0)
    assert change_protection(box.m, box.machine.k, *args) == 2
    assert change_protection(box.m, box.machine.k, *args) == 1
