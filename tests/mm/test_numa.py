# SPDX-License-Identifier: GPL-2.0-or-later
"""NUMA balancing.  Expected values: facts/mprotect-and-numa.md, or by hand."""

from dataclasses import replace

import pytest

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_RW, pte_protnone
from linuxmm.kernels import Kernel, load
from linuxmm.state.constants import (
    MAPPING_KSM,
    OPS_FILE,
    OPS_MIXEDMAP_PAGE,
    OPS_PFNMAP,
    PG_LRU,
    SET_FAIL_ALLOC,
    SET_NUMA_BALANCING,
)
from linuxmm.state.flags import FOLL_GET
from linuxmm.state.layout import (
    NR_ISOLATED_ANON,
    NUMA_HINT_FAULTS,
    NUMA_HINT_FAULTS_LOCAL,
    NUMA_PAGE_MIGRATE,
    NUMA_PTE_UPDATES,
    PGMIGRATE_FAIL,
)
from linuxmm.steps.memory import (
    OP_CLONE_THREAD,
    OP_FOLLOW_PAGE,
    OP_READ,
)
from linuxmm.steps.migrate import OP_NUMA_SCAN
from linuxmm.uapi import MAP_SHARED, PROT_NONE, PROT_READ
from tests.mm.box import PRIVATE, Box, check_counts
from tests.some_kernels import EVERY_KERNEL

SITE = "mm/mprotect.c:change_pte_range"


def box_on_node1(kernel: str | Kernel, npages: int = 2, *, checked: bool = True) -> Box:
    """Pages of node 0, drained, and a process that now runs on CPU 1 (node 1)."""
    box = Box(kernel, npages, checked=checked)
    box.m.setting[SET_NUMA_BALANCING] = 1
    box.write(tag=1)
    box.drain()
    box.m.task_cpu[box.task] = 1
    return box


def scan(box: Box) -> int:
    return box.call(OP_NUMA_SCAN, 0, box.task, 0, 0, cpu=box.m.task_cpu[box.task])


def hinted(box: Box) -> list[int]:
    return [pte_protnone(box.pte(box.at(i))) for i in range(box.n)]


def stat(box: Box, *which: int) -> tuple[int, ...]:
    return tuple(box.m.vmstat[i] for i in which)


# --- scan, fault, move ---
@EVERY_KERNEL
def test_a_page_follows_its_task(kernel: str) -> None:
    box = box_on_node1(kernel)
    assert scan(box) == 2
    assert hinted(box) == [1, 1]
    assert box.call(OP_READ, box.task, box.a, 1) == 1
    assert box.where() == ["n1", "n0"]
    assert hinted(box) == [0, 1]
    assert stat(box, NUMA_PTE_UPDATES, NUMA_HINT_FAULTS, NUMA_HINT_FAULTS_LOCAL) == (2, 1, 0)
    assert stat(box, NUMA_PAGE_MIGRATE, NR_ISOLATED_ANON) == (1, 0)
    assert box.read() == [1, 1]
    check_counts(box)


@EVERY_KERNEL
def test_write_bit_is_saved(kernel: str) -> None:
    box = box_on_node1(kernel, 1)
    box.m.task_cpu[box.task] = 1
    scan(box)
    assert box.pte() & PAGE_RW
    box.m.task_cpu[box.task] = 0  # the page is local now: restored, not moved
    assert box.write(tag=3) == 0
    assert box.where() == ["n0"]
    assert box.pte() & (PAGE_RW | PAGE_ACCESSED) == PAGE_RW | PAGE_ACCESSED
    assert stat(box, NUMA_HINT_FAULTS, NUMA_HINT_FAULTS_LOCAL, NUMA_PAGE_MIGRATE) == (1, 1, 0)


@EVERY_KERNEL
def test_balancing_off(kernel: str) -> None:
    box = box_on_node1(kernel)
    box.m.setting[SET_NUMA_BALANCING] = 0
    assert scan(box) == 0
    assert hinted(box) == [0, 0]


@EVERY_KERNEL
def test_tiering_mode_skips_top_tier_nodes(kernel: str) -> None:
    box = box_on_node1(kernel)
    box.m.setting[SET_NUMA_BALANCING] = 2
    assert scan(box) == (0 if kernel == "v6.1" else 2)


# --- what the scan leaves alone ---
@EVERY_KERNEL
def test_local_pages(kernel: str) -> None:
    """A single-threaded process: pages of its own node; with two threads they are hinted."""
    box = box_on_node1(kernel)
    box.m.task_cpu[box.task] = 0
    assert scan(box) == 0
    box.call(OP_CLONE_THREAD, box.task, cpu=1)
    assert scan(box) == 2
    assert scan(box) == 0  # PROT_NONE already


@EVERY_KERNEL
def test_pages_in_a_batch_zero_pages_and_ksm(kernel: str) -> None:
    box = Box(kernel, 4, checked=False)
    box.m.setting[SET_NUMA_BALANCING] = 1
    box.m.task_cpu[box.task] = 1
    box.read(box.at(2))
    box.write(box.a, 1, 2)  # on node 1, in a batch
    box.m.task_cpu[box.task] = 0
    assert scan(box) == 0
    box.drain()
    box.m.page_mapping[box.page(box.at(1))] = MAPPING_KSM
    assert scan(box) == 1
    assert hinted(box) == [1, 0, 0, 0]


@EVERY_KERNEL
def test_a_skipped_entry_does_not_end_the_scan(kernel: str) -> None:
    """After a zero page, a KSM page, a shared one and a local one the last page is hinted."""
    box = Box(kernel, 5, checked=False)
    box.m.setting[SET_NUMA_BALANCING] = 1
    box.read(box.at(0))
    box.write(box.at(1), 1)
    box.write(box.at(3), 1)
    box.m.task_cpu[box.task] = 1
    box.write(box.at(2), 1)  # local to CPU 1
    box.m.task_cpu[box.task] = 0
    box.write(box.at(4), 1)
    box.drain()
    box.m.task_cpu[box.task] = 1
    box.m.page_mapping[box.page(box.at(1))] = MAPPING_KSM
    box.m.page_refcount[box.page(box.at(3))] += 1
    assert scan(box) == 1
    assert hinted(box) == [0, 0, 0, 0, 1]
    assert [box.m.page_refcount[box.page(box.at(i))] for i in (1, 2, 3, 4)] == [1, 1, 2, 1]


@EVERY_KERNEL
def test_dirty_file_page_does_not_end_the_scan(kernel: str) -> None:
    box = Box(kernel, 2)
    box.m.setting[SET_NUMA_BALANCING] = 1
    file = box.create_file(OPS_FILE, 2)
    box.a = box.mmap(2, MAP_SHARED, file=file)
    box.read()
    box.write(box.a, 1)
    box.drain()
    assert scan(box) == 1
    assert hinted(box) == [0, 1]
    check_counts(box)


@EVERY_KERNEL
def test_pages_shared_by_fork(kernel: str) -> None:
    box = box_on_node1(kernel)
    box.fork()
    assert scan(box) == 0


@EVERY_KERNEL
def test_coherent_pages(kernel: str) -> None:
    """v5.17: hinted, fault restores, never moved; the others leave them alone."""
    box = box_on_node1(kernel)
    box.to_device(box.a)
    box.drain()
    old = kernel == "v5.17-coherent"
    assert scan(box) == (2 if old else 1)
    assert hinted(box) == [int(old), 1]
    assert box.read() == [1, 1]
    assert box.where() == ["coh", "n1"]
    assert stat(box, NUMA_HINT_FAULTS, NUMA_PAGE_MIGRATE) == (2 if old else 1, 1)
    assert stat(box, NR_ISOLATED_ANON, PGMIGRATE_FAIL) == (0, 0)
    check_counts(box)


@EVERY_KERNEL
def test_private_device_pages(kernel: str) -> None:
    box = box_on_node1(kernel)
    box.to_device(box.a, 1, PRIVATE)
    box.drain()
    before = box.pte()
    assert scan(box) == 2  # the private entry becomes read-only, which counts as an update
    assert box.pte() != before
    assert scan(box) == 0


@EVERY_KERNEL
@pytest.mark.parametrize("ops", [OPS_PFNMAP, OPS_MIXEDMAP_PAGE])
def test_driver_mappings(kernel: str, ops: int) -> None:
    box = box_on_node1(kernel)
    file = box.create_file(ops, 2)
    box.a = box.mmap(2, MAP_SHARED, file=file)
    assert scan(box) == 2  # only the anonymous mapping of the box
    assert hinted(box) == [0, 0]


@EVERY_KERNEL
def test_file_pages(kernel: str) -> None:
    """Clean ones are hinted (no target node in a shared VMA), dirty and read-only ones not."""
    box = Box(kernel, 2)
    box.m.setting[SET_NUMA_BALANCING] = 1
    file = box.create_file(OPS_FILE, 2)
    box.a = box.mmap(2, MAP_SHARED, file=file)
    box.read()
    box.write(box.at(1), 1)
    box.drain()
    assert scan(box) == 1
    assert hinted(box) == [1, 0]
    box.read()
    box.mprotect(prot=PROT_READ)
    assert scan(box) == 0


@EVERY_KERNEL
def test_prot_none_vma(kernel: str) -> None:
    box = box_on_node1(kernel)
    box.mprotect(prot=PROT_NONE)
    assert scan(box) == 0


# --- faults that do not move the page ---
@EVERY_KERNEL
def test_held_page_stays(kernel: str) -> None:
    box = box_on_node1(kernel, 1, checked=False)
    scan(box)
    box.m.page_refcount[box.page()] += 1
    assert box.read() == [1]
    assert box.where() == ["n0"]
    assert hinted(box) == [0]
    assert stat(box, NUMA_PAGE_MIGRATE, NR_ISOLATED_ANON) == (0, 0)
    assert stat(box, PGMIGRATE_FAIL) == (1 if kernel == "v6.1" else 0,)
    box.m.page_refcount[box.page()] -= 1
    check_counts(box)


@EVERY_KERNEL
def test_no_memory_on_the_node(kernel: str) -> None:
    box = box_on_node1(kernel, 1)
    scan(box)
    box.m.setting[SET_FAIL_ALLOC] = 1
    assert box.read() == [1]
    assert (box.where(), hinted(box)) == (["n0"], [0])
    box.drain()
    assert box.m.page_flags[box.page()] & PG_LRU
    check_counts(box)


@EVERY_KERNEL
def test_gup_and_follow_page_on_a_hinted_page(kernel: str) -> None:
    """GUP faults; follow_page sees through it in 5.17 only."""
    box = box_on_node1(kernel, 1)
    scan(box)
    followed = box.call(OP_FOLLOW_PAGE, box.task, box.a, 0)
    assert followed == (0 if kernel == "v6.1" else box.page())
    assert box.gup(box.a, FOLL_GET) == 1
    assert box.where() == ["n1"]
    box.put()
    check_counts(box)


# --- the record decides ---
def test_a_record_without_the_device_row_hints_coherent_pages() -> None:
    base = load("v6.1")
    rule = base.site(SITE)
    tests = tuple(test for test in rule.tests if test.refuse != "zone_device")
    assert len(tests) == len(rule.tests) - 1
    box = box_on_node1(base.with_site(replace(rule, tests=tests)))
    box.to_device(box.a)
    box.drain()
    assert scan(box) == 2
