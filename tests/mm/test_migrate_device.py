# SPDX-License-Identifier: GPL-2.0-or-later
"""mm/migrate_device.c in its phases.  Expected values: facts/device-migration.md, or by hand."""

from pathlib import Path

import pytest

from linuxmm.arch.x86.pgtable import PAGE_RW, swp_type
from linuxmm.mm.migrate_device import (
    SELECT_DEVICE_COHERENT,
    SELECT_DEVICE_PRIVATE,
    SELECT_SYSTEM,
)
from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import load as load_scenario
from linuxmm.state.constants import (
    LIST_ISOLATED,
    MM_ANONPAGES,
    PG_ALLOCATED,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_LOCKED,
    PG_LRU,
    VM_FAULT_RETRY,
)
from linuxmm.state.flags import FOLL_PIN
from linuxmm.state.rules import (
    SWT_MIGRATION_READ,
    SWT_MIGRATION_READ_EXCLUSIVE,
    SWT_MIGRATION_WRITE,
)
from linuxmm.steps.memory import OP_READ
from linuxmm.steps.migrate import OP_HMM_FINALIZE, OP_HMM_PAGES, OP_HMM_SETUP
from linuxmm.uapi import PROT_READ
from tests.mm.box import COHERENT, PRIVATE, Box, check_counts
from tests.some_kernels import EVERY_KERNEL, without_test

SITE = "mm/migrate_device.c:migrate_vma_collect_pmd"
EBUSY, EINVAL = -16, -22


def setup(box: Box, n: int, select: int = SELECT_SYSTEM, device: int = COHERENT) -> int:
    return box.call(OP_HMM_SETUP, 0, box.task, box.a, n, device, select)


# --- setup ---
@EVERY_KERNEL
def test_setup_locks_isolates_and_unmaps(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=1)
    page = box.page()
    assert setup(box, 2) == 2
    assert box.where() == ["mig", "mig"]
    assert box.m.page_flags[page] & PG_LOCKED
    assert not box.m.page_flags[page] & PG_LRU
    assert box.m.page_list[page] == LIST_ISOLATED
    assert (box.m.page_refcount[page], box.m.page_mapcount[page]) == (1, 0)
    assert box.rss(MM_ANONPAGES) == 2
    assert swp_type(box.pte()) == box.machine.k.swap_type[SWT_MIGRATION_WRITE]


@EVERY_KERNEL
def test_type_of_a_read_only_entry(kernel: str) -> None:
    """Read-exclusive only where a separate type exists and the page is exclusive."""
    box = Box(kernel, 1)
    box.write(tag=1)
    box.mprotect(prot=PROT_READ)
    setup(box, 1)
    exclusive = kernel == "v6.1"
    kind = SWT_MIGRATION_READ_EXCLUSIVE if exclusive else SWT_MIGRATION_READ
    assert swp_type(box.pte()) == box.machine.k.swap_type[kind]
    assert not box.m.page_flags[box.page()] & PG_ANON_EXCLUSIVE
    box.call(OP_HMM_FINALIZE)
    assert bool(box.m.page_flags[box.page()] & PG_ANON_EXCLUSIVE) == exclusive


@EVERY_KERNEL
def test_the_dirty_bit_of_the_entry(kernel: str) -> None:
    """Only 6.1 marks the page dirty before the entry goes."""
    box = Box(kernel, 1)
    box.write(tag=1)
    page = box.page()
    setup(box, 1)
    assert bool(box.m.page_flags[page] & PG_DIRTY) == (kernel == "v6.1")


@EVERY_KERNEL
def test_holes_and_zero_pages_may_be_populated(kernel: str) -> None:
    box = Box(kernel, 3)
    box.read(box.a)
    box.write(box.at(1), 1)
    assert setup(box, 3) == 3
    assert box.where() == ["zero", "mig", "none"]
    assert box.call(OP_HMM_PAGES) == 3
    assert box.where() == ["coh", "mig", "coh"]
    box.call(OP_HMM_FINALIZE)
    assert box.where() == ["coh"] * 3
    check_counts(box)


@EVERY_KERNEL
@pytest.mark.parametrize(
    ("device", "select", "cpages"),
    [
        (COHERENT, SELECT_DEVICE_COHERENT, 1),
        (COHERENT, SELECT_DEVICE_PRIVATE, 0),
        (COHERENT, SELECT_SYSTEM, 0),
        (PRIVATE, SELECT_DEVICE_PRIVATE, 1),
        (PRIVATE, SELECT_DEVICE_COHERENT, 0),
        (PRIVATE, SELECT_SYSTEM, 0),
    ],
)
def test_select_flags(kernel: str, device: int, select: int, cpages: int) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    box.to_device(box.a, 1, device)
    assert setup(box, 1, select, device) == cpages
    box.call(OP_HMM_FINALIZE)
    check_counts(box)


@EVERY_KERNEL
@pytest.mark.parametrize(
    ("device", "other", "select"),
    [(COHERENT, PRIVATE, SELECT_DEVICE_COHERENT), (PRIVATE, COHERENT, SELECT_DEVICE_PRIVATE)],
)
def test_pages_of_another_owner(kernel: str, device: int, other: int, select: int) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    box.to_device(box.a, 1, device)
    assert setup(box, 1, select, other) == 0
    box.call(OP_HMM_FINALIZE)
    check_counts(box)


@EVERY_KERNEL
def test_system_pages_without_select_system(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(box.a, 1)
    assert setup(box, 2, SELECT_DEVICE_COHERENT) == 1  # the hole may still be populated
    box.call(OP_HMM_FINALIZE)
    check_counts(box)


@EVERY_KERNEL
def test_zero_page_without_select_system(kernel: str) -> None:
    """The lookup refuses it, and the page behind it is taken."""
    box = Box(kernel, 2)
    box.read(box.a)
    box.write(box.at(1), 1)
    box.to_device(box.at(1), 1, COHERENT)
    assert box.where() == ["zero", "coh"]
    assert setup(box, 2, SELECT_DEVICE_COHERENT) == 1
    assert box.where() == ["zero", "mig"]


@EVERY_KERNEL
def test_setup_refuses(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    assert setup(box, 2) == EINVAL
    assert setup(box, 0) == EINVAL
    assert setup(box, 1) == 1
    assert setup(box, 1) == EBUSY
    box.call(OP_HMM_FINALIZE)
    assert box.call(OP_HMM_PAGES) == EINVAL
    assert box.call(OP_HMM_FINALIZE) == EINVAL


@EVERY_KERNEL
def test_a_pinned_page_is_restored(kernel: str) -> None:
    """6.1 gives the entry back while collecting, 5.17 after counting references."""
    box = Box(kernel, 1)
    box.write(tag=1)
    box.gup(box.a, FOLL_PIN)
    before = box.pte()
    assert setup(box, 1) == 0
    assert box.where() == ["n0"]
    assert box.pte() & PAGE_RW == before & PAGE_RW
    box.call(OP_HMM_FINALIZE)
    box.put()
    check_counts(box)


def test_a_merged_page_moves_with_its_stable_node() -> None:
    """Seen on 6.1.192: all its mappings move; what ksmd makes of that is a bug of the kernel."""
    file = Path(__file__).parents[2] / "scenarios/kernel-bugs/merged-page-cannot-come-home.mm"
    run = run_scenario(load_scenario(str(file)))
    results = {step.outcome.label: step.outcome.result.text() for step in run.steps}
    assert results["there"] == "dev dev@0"
    assert results["tree"] == "pages_shared=1 pages_sharing=1"
    broken = [violation.invariant for _, violation in run.broken]
    assert broken[:2] == ["ksm-device-migrated", "rmap"]


@EVERY_KERNEL
def test_a_refused_page_does_not_end_the_collection(kernel: str) -> None:
    """A locked page, one without mapping and a device page are skipped, the last one taken."""
    box = Box(kernel, 4, checked=False)
    box.write(tag=1)
    box.to_device(box.a)
    box.drain()
    box.m.page_flags[box.page(box.at(1))] |= PG_LOCKED
    box.m.page_mapping[box.page(box.at(2))] = 0
    refs = [box.m.page_refcount[box.page(box.at(i))] for i in range(3)]
    assert setup(box, 4) == 1
    assert box.where() == ["coh", "n0", "n0", "mig"]
    assert [box.m.page_refcount[box.page(box.at(i))] for i in range(3)] == refs


# --- pages and finalize ---
@EVERY_KERNEL
def test_entries_while_it_is_under_way(kernel: str) -> None:
    """An access waits for the migration entry: the step reports VM_FAULT_RETRY."""
    box = Box(kernel, 1)
    box.write(tag=1)
    setup(box, 1)
    assert box.call(OP_READ, box.task, box.a, 1) == VM_FAULT_RETRY
    box.call(OP_HMM_PAGES)
    box.call(OP_HMM_FINALIZE)
    assert box.read() == [1]


@EVERY_KERNEL
def test_finalize_without_pages_restores(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=7)
    page = box.page()
    setup(box, 2)
    box.call(OP_HMM_FINALIZE)
    assert box.page() == page
    assert not box.m.page_flags[page] & PG_LOCKED
    assert box.read() == [7, 7]
    check_counts(box)
    assert box.m.page_flags[page] & PG_LRU


@EVERY_KERNEL
def test_when_the_source_is_freed(kernel: str) -> None:
    """putback_lru_page keeps a migrated source in a batch; 6.1.192 frees it at once."""
    box = Box(kernel, 1)
    box.write(tag=1)
    box.drain()
    source = box.page()
    box.to_device()
    still_there = box.m.page_flags[source] & PG_ALLOCATED
    assert bool(still_there) == (kernel != "v6.1")
    check_counts(box)


@EVERY_KERNEL
def test_unmapped_in_between(kernel: str) -> None:
    """munmap takes migration entries away; finalize then frees source and target."""
    box = Box(kernel, 2)
    box.write(tag=1)
    setup(box, 2)
    box.call(OP_HMM_PAGES)
    box.munmap(box.a, 2)
    box.call(OP_HMM_FINALIZE)
    assert box.rss(MM_ANONPAGES) == 0
    check_counts(box)


@EVERY_KERNEL
def test_filled_hole_in_between(kernel: str) -> None:
    """A hole that a write filled after setup is not overwritten (migrate_vma_insert_page)."""
    box = Box(kernel, 1)
    assert setup(box, 1) == 1
    box.write(tag=3)
    assert box.call(OP_HMM_PAGES) == 0
    box.call(OP_HMM_FINALIZE)
    assert box.where() == ["n0"]
    assert box.read() == [3]
    check_counts(box)


@EVERY_KERNEL
def test_another_migration_meanwhile(kernel: str) -> None:
    """A private page comes back by a fault while the pages beside it are in phases."""
    box = Box(kernel, 3)
    box.write(tag=2)
    box.to_device(box.at(2), 1, PRIVATE)
    assert setup(box, 2) == 2
    assert box.call(OP_READ, box.task, box.at(2), 1) == 1
    assert box.call(OP_HMM_PAGES) == 2
    box.call(OP_HMM_FINALIZE)
    assert box.where() == ["coh", "coh", "n0"]
    check_counts(box)


@EVERY_KERNEL
def test_tables_that_grow_between_the_phases(kernel: str) -> None:
    box = Box(kernel, 30)
    box.write(box.a, 6, 2)
    assert setup(box, 2) == 2
    box.write(box.at(2), 8, 28)  # more pages than node 0 had rows
    assert box.call(OP_HMM_PAGES) == 2
    box.call(OP_HMM_FINALIZE)
    assert box.where() == ["coh"] * 2 + ["n0"] * 28
    assert box.read() == [6] * 2 + [8] * 28
    check_counts(box)


# --- the record decides ---
def test_a_record_without_the_coherent_row() -> None:
    box = Box(without_test("v6.1", SITE, "device_coherent"), 1)
    box.write(tag=1)
    box.to_device()
    assert setup(box, 1, SELECT_SYSTEM) == 1
