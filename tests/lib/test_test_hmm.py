# SPDX-License-Identifier: GPL-2.0-or-later
"""lib/test_hmm.c.  Expected values: what a real 6.1 did (debian-6.1.json), or counted by hand."""

import pytest

from linuxmm.state.constants import (
    MM_ANONPAGES,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_ANON_EXCLUSIVE,
    PG_LRU,
    SET_FAIL_ALLOC,
)
from linuxmm.state.flags import FOLL_GET, FOLL_LONGTERM, FOLL_PIN, FOLL_WRITE
from linuxmm.steps.memory import OP_GUP, OP_PUT
from linuxmm.steps.migrate import OP_HMM_MIGRATE, OP_HMM_RELEASE
from linuxmm.uapi import MAP_SHARED, PROT_NONE
from tests.mm.box import COHERENT, PRIVATE, Box, check_counts
from tests.some_kernels import EVERY_KERNEL

EVERY_DEVICE = pytest.mark.parametrize("device", [COHERENT, PRIVATE])
NAME = {COHERENT: "coh", PRIVATE: "priv"}
EINVAL, ENOENT = -22, -2


# --- what debian-6.1.json recorded ---
@EVERY_KERNEL
@EVERY_DEVICE
def test_there_and_back(kernel: str, device: int) -> None:
    """migrate_back: [4, 0], [4, 0], four RAM pages, contents 64..67."""
    box = Box(kernel, 4)
    for i in range(4):
        box.write(box.at(i), 64 + i)
    assert box.to_device(box.a, 4, device) == [4, 0]
    assert box.where() == [NAME[device]] * 4
    assert box.to_system(box.a, 4, device) == [4, 0]
    assert box.where() == ["n0"] * 4
    assert box.read() == [64, 65, 66, 67]
    check_counts(box)


@EVERY_KERNEL
def test_zero_page_and_hole(kernel: str) -> None:
    """zero_page_to_device: [3, 0], three device pages, contents 0 9 0."""
    box = Box(kernel, 3)
    box.read(box.a)
    box.write(box.at(1), 9)
    assert box.where() == ["zero", "n0", "none"]
    assert box.to_device() == [3, 0]
    assert box.where() == ["coh"] * 3
    assert box.read() == [0, 9, 0]
    assert box.rss(MM_ANONPAGES) == 3
    check_counts(box)


@EVERY_KERNEL
def test_shared_page(kernel: str) -> None:
    """shared_page_to_device: both processes on the device; the child's write copies to RAM."""
    box = Box(kernel, 2)
    box.write(box.a, 1)
    box.write(box.at(1), 2)
    child = box.fork()
    assert box.to_device() == [2, 0]
    assert box.where() == box.where(child) == ["coh", "coh"]
    assert not box.m.page_flags[box.page()] & PG_ANON_EXCLUSIVE
    assert box.write(box.a, 8, task=child) == 0
    assert box.where(child) == ["n0", "coh"]
    assert box.read(task=child) == [8, 2]
    box.exit(child)
    assert box.where() == ["coh", "coh"]
    assert box.read() == [1, 2]
    check_counts(box)


@EVERY_KERNEL
def test_coherent_fork_cow(kernel: str) -> None:
    """coherent_fork_cow: the child writes page 0, the parent page 1 after the child is gone."""
    box = Box(kernel, 4)
    for i in range(4):
        box.write(box.at(i), 16 + i)
    box.to_device()
    child = box.fork()
    box.write(box.a, 0x99, task=child)
    assert box.where(child) == ["n0", "coh", "coh", "coh"]
    assert box.read(task=child) == [0x99, 17, 18, 19]
    box.exit(child)
    box.write(box.at(1), 0x77)
    assert box.where() == ["coh"] * 4
    assert box.read() == [16, 0x77, 18, 19]
    check_counts(box)


# --- errors of the ioctl ---
@EVERY_KERNEL
def test_pages_that_are_there_already(kernel: str) -> None:
    """facts/real-kernels.md, pitfall 5: -ENOENT, though the other pages moved."""
    box = Box(kernel, 4)
    box.write(tag=1)
    assert box.to_device(box.a, 2) == [2, 0]
    assert box.to_device(box.a, 4) == [ENOENT]
    assert box.where() == ["coh"] * 4
    check_counts(box)


@EVERY_KERNEL
def test_ranges_the_driver_refuses(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=1)
    assert box.call(OP_HMM_MIGRATE, 0, box.task, box.a + 1, 1, COHERENT) == EINVAL
    assert box.call(OP_HMM_MIGRATE, 0, box.task, box.a, 0, COHERENT) == EINVAL
    assert box.call(OP_HMM_MIGRATE, 0, box.task, box.a, 9, COHERENT) == EINVAL
    assert box.where() == ["coh", "coh"]  # the first VMA was moved before the hole
    file = box.create_file(OPS_PFNMAP, 1)
    pfnmap = box.mmap(1, MAP_SHARED, file=file)
    assert box.call(OP_HMM_MIGRATE, 0, box.task, pfnmap, 1, COHERENT) == EINVAL
    box.mprotect(prot=PROT_NONE)
    assert box.to_system() == [EINVAL]  # not readable


@EVERY_KERNEL
def test_file_pages_stay(kernel: str) -> None:
    """Only memory without page cache goes to a device (migrate_vma_pages)."""
    box = Box(kernel, 2)
    file = box.create_file(OPS_SHMEM, 2)
    box.a = box.mmap(2, MAP_SHARED, file=file)
    box.write(tag=3)
    assert box.to_device() == [ENOENT]
    assert box.where() == ["n0", "n0"]
    assert box.read() == [3, 3]
    check_counts(box)


@EVERY_KERNEL
@EVERY_DEVICE
def test_no_device_memory_for_the_first_page(kernel: str, device: int) -> None:
    box = Box(kernel, 2)
    box.write(tag=1)
    box.m.setting[SET_FAIL_ALLOC] = 1
    assert box.to_device(box.a, 2, device) == [ENOENT]
    assert box.where() == ["n0", NAME[device]]
    assert box.read() == [1, 1]
    check_counts(box)


@EVERY_KERNEL
def test_more_than_one_batch(kernel: str) -> None:
    """70 pages are a batch of 64 and one of 6."""
    box = Box(kernel, 70)
    box.write(tag=5)
    assert box.to_device() == [70, 0]
    assert box.where() == ["coh"] * 70
    assert box.to_system() == [70, 0]
    check_counts(box)


@EVERY_KERNEL
def test_only_the_device_s_own_pages_come_back(kernel: str) -> None:
    box = Box(kernel, 4)
    box.write(tag=1)
    box.to_device(box.a, 2)
    box.to_device(box.at(2), 1, PRIVATE)
    assert box.to_system(box.a, 4, COHERENT) == [2, 0]
    assert box.where() == ["n0", "n0", "priv", "n0"]
    assert box.to_system(box.a, 4, PRIVATE) == [1, 0]
    assert box.where() == ["n0"] * 4


# --- a held page ---
@EVERY_KERNEL
def test_pinned_page_stays(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=1)
    box.gup(box.a, FOLL_PIN | FOLL_WRITE)
    page = box.page()
    assert box.to_device() == [ENOENT]
    assert box.where() == ["n0", "coh"]
    assert box.page() == page
    assert box.read() == [1, 1]
    box.put()
    check_counts(box)
    assert box.m.page_flags[page] & PG_LRU


@EVERY_KERNEL
def test_a_reference_on_a_device_page_keeps_it_there(kernel: str) -> None:
    """migrate_vma_unmap lets one reference too many pass; the exact count is made later."""
    box = Box(kernel, 2)
    box.write(tag=1)
    box.to_device()
    box.gup(box.a, FOLL_GET | FOLL_WRITE)
    assert box.to_system() == [1, 0]
    assert box.where() == ["coh", "n0"]
    box.put()
    check_counts(box)
    assert box.to_system() == [1, 0]
    assert box.where() == ["n0", "n0"]


@EVERY_KERNEL
def test_long_term_pin_moves_coherent_pages_out(kernel: str) -> None:
    """facts/real-kernels.md: a long-term pin moves the page to RAM first, a short one not."""
    box = Box(kernel, 2)
    box.write(tag=6)
    box.to_device()
    assert box.gup(box.a, FOLL_PIN | FOLL_WRITE) == 1
    assert box.where() == ["coh", "coh"]
    box.put()
    flags = FOLL_PIN | FOLL_WRITE | FOLL_LONGTERM
    assert box.call(OP_GUP, box.task, box.a, 2, flags, 2) == 2
    assert box.where() == ["n0", "n0"]
    assert box.read() == [6, 6]
    box.call(OP_PUT, box.task, 2)
    check_counts(box)


# --- faults on private pages (facts/real-kernels.md) ---
@EVERY_KERNEL
def test_access_brings_a_private_page_back(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=4)
    box.to_device(box.a, 2, PRIVATE)
    assert box.rss(MM_ANONPAGES) == 2
    box.read(box.a)
    assert box.where() == ["n0", "priv"]
    assert box.write(box.at(1), 5) == 0
    assert box.read() == [4, 5]
    check_counts(box)


@EVERY_KERNEL
def test_child_s_write_brings_it_back_for_both(kernel: str) -> None:
    """Both come back to system RAM, then the child gets its copy."""
    box = Box(kernel, 1)
    box.write(tag=4)
    box.to_device(box.a, 1, PRIVATE)
    child = box.fork()
    assert box.where() == box.where(child) == ["priv"]
    box.write(box.a, 5, task=child)
    assert box.where() == box.where(child) == ["n0"]
    assert box.page() != box.page(task=child)
    assert (box.read(), box.read(task=child)) == ([4], [5])
    check_counts(box)


@EVERY_KERNEL
def test_gup_brings_a_private_page_back(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=4)
    box.to_device(box.a, 1, PRIVATE)
    assert box.gup(box.a, FOLL_GET) == 1
    assert box.where() == ["n0"]
    box.put()
    check_counts(box)


@EVERY_KERNEL
def test_failed_allocation_faults_again(kernel: str) -> None:
    """The driver answers 0 with the page where it was: the access faults a second time."""
    box = Box(kernel, 1)
    box.write(tag=4)
    box.to_device(box.a, 1, PRIVATE)
    box.m.setting[SET_FAIL_ALLOC] = 1
    assert box.read() == [4]
    assert box.where() == ["n0"]
    check_counts(box)


# --- pages go back to the driver ---
@EVERY_KERNEL
@EVERY_DEVICE
def test_munmap_returns_pages(kernel: str, device: int) -> None:
    box = Box(kernel, 2)
    box.write(tag=4)
    box.to_device(box.a, 2, device)
    box.munmap(box.a, 2)
    assert box.rss(MM_ANONPAGES) == 0
    check_counts(box)


@EVERY_KERNEL
@EVERY_DEVICE
def test_release_moves_everything_back(kernel: str, device: int) -> None:
    box = Box(kernel, 2)
    box.write(tag=4)
    box.to_device(box.a, 2, device)
    child = box.fork()
    assert box.call(OP_HMM_RELEASE, 0, device) == 0
    assert box.where() == box.where(child) == ["n0", "n0"]
    assert box.read() == [4, 4]
    check_counts(box)
