# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads, writes and snapshots of the test device.  Expected values: lib/test_hmm.c, by hand."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_SOFT_DIRTY
from linuxmm.errors import NotModelled
from linuxmm.lib.test_hmm_access import (
    PROT_COHERENT_LOCAL,
    PROT_ERROR,
    PROT_PRIVATE_LOCAL,
    PROT_READ,
    PROT_WRITE,
    PROT_ZERO,
)
from linuxmm.steps.memory import OP_MMAP
from linuxmm.steps.migrate import (
    OP_HMM_FAULT,
    OP_HMM_LOAD,
    OP_HMM_SNAPSHOT,
    OP_HMM_STORE,
)
from linuxmm.uapi import MAP_PRIVATE
from tests.mm.box import COHERENT, PRIVATE, Box, check_counts
from tests.some_kernels import EVERY_KERNEL

EINVAL, EPERM, EFAULT = -22, -1, -14
READS, WRITES = 0, 1


def fault(box: Box, write: int, n: int = 0, device: int = COHERENT) -> int:
    return box.call(OP_HMM_FAULT, 0, box.task, box.a, n or box.n, device, write)


def load(box: Box) -> list[int]:
    assert box.call(OP_HMM_LOAD, 0, box.task, box.a, box.n) == box.n
    return list(box.out(box.n))


def store(box: Box, tag: int) -> int:
    return box.call(OP_HMM_STORE, 0, box.task, box.a, box.n, tag)


def snapshot(box: Box, n: int = 0, device: int = COHERENT) -> list[int]:
    n = n or box.n
    assert box.call(OP_HMM_SNAPSHOT, 0, box.task, box.a, n, device) == n
    return list(box.out(n))


@EVERY_KERNEL
def test_a_device_reads_what_the_process_wrote(kernel: str) -> None:
    box = Box(kernel, 3)
    box.write(box.at(1), 5)
    assert fault(box, READS) == 0
    assert load(box) == [0, 5, 0]
    assert snapshot(box) == [PROT_ZERO | PROT_READ, PROT_WRITE, PROT_ZERO | PROT_READ]


@EVERY_KERNEL
def test_what_a_device_writes_the_process_reads(kernel: str) -> None:
    box = Box(kernel, 2)
    assert (fault(box, WRITES), store(box, 9)) == (0, 0)
    assert box.read() == [9, 9]
    check_counts(box)


@EVERY_KERNEL
def test_a_store_marks_nothing(kernel: str) -> None:
    """dmirror_do_write copies through the kernel's own mapping."""
    box = Box(kernel, 1)
    box.write(tag=5)
    slot = box.slot()
    box.m.pte[slot] &= ~(PAGE_DIRTY | PAGE_SOFT_DIRTY)
    assert (fault(box, WRITES), store(box, 6)) == (0, 0)
    assert box.pte() & (PAGE_DIRTY | PAGE_SOFT_DIRTY) == 0


@EVERY_KERNEL
def test_batches_of_sixty_four(kernel: str) -> None:
    """dmirror_fault goes on behind the first 64 pages; an error there ends it."""
    box = Box(kernel, 70)
    assert fault(box, WRITES) == 0
    assert snapshot(box, 64) == [PROT_WRITE] * 64
    box.munmap(box.at(69), 1)
    assert fault(box, READS) == EFAULT
    with pytest.raises(NotModelled, match="so many pages"):
        snapshot(box, 65)


@EVERY_KERNEL
def test_bad_ranges(kernel: str) -> None:
    """dmirror_fops_unlocked_ioctl: unaligned or empty is -EINVAL."""
    box = Box(kernel, 1)
    assert box.call(OP_HMM_FAULT, 0, box.task, box.a + 8, 1, COHERENT, 0) == EINVAL
    assert box.call(OP_HMM_FAULT, 0, box.task, box.a, 0, COHERENT, 0) == EINVAL
    assert box.call(OP_HMM_SNAPSHOT, 0, box.task, box.a + 8, 1, COHERENT) == EINVAL


@EVERY_KERNEL
def test_pages_of_devices(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=5)
    box.to_device(box.a, 1, COHERENT)
    box.to_device(box.at(1), 1, PRIVATE)
    assert snapshot(box) == [PROT_COHERENT_LOCAL | PROT_WRITE, 0]
    assert snapshot(box, device=PRIVATE)[1] == PROT_PRIVATE_LOCAL | PROT_WRITE
    assert fault(box, READS, device=PRIVATE) == 0
    with pytest.raises(NotModelled, match="this use of device memory"):
        load(box)
    if kernel == "v6.1":
        assert fault(box, READS) == 0  # for the other device the private page comes back
        assert load(box) == [5, 5]
    else:  # facts/device-migration.md: another device's private page
        assert fault(box, READS) == EFAULT
        assert snapshot(box, device=PRIVATE)[1] == PROT_PRIVATE_LOCAL | PROT_WRITE


@EVERY_KERNEL
def test_no_access(kernel: str) -> None:
    box = Box(kernel, 1)
    box.a = box.call(OP_MMAP, box.task, 1, 0, MAP_PRIVATE)
    assert snapshot(box) == [PROT_ERROR]
    assert fault(box, READS) == EFAULT
    box.a = box.call(OP_MMAP, box.task, 1, 1, MAP_PRIVATE)
    assert fault(box, WRITES) == EPERM
