# SPDX-License-Identifier: GPL-2.0-or-later
"""mm/migrate.c.  Expected values: facts/move-pages.md, debian-6.1.json, or by hand."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_DIRTY, PAGE_RW, pte_present
from linuxmm.errors import NotModelled
from linuxmm.machine import Machine, simple_spec
from linuxmm.mm.migrate.move_pages import STATUS_UNWRITTEN
from linuxmm.state.constants import (
    MM_ANONPAGES,
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_PFNMAP,
    OPS_SHMEM,
    PG_DIRTY,
    PG_LRU,
    PG_PRIVATE,
    SET_CAPABLE,
    SET_FAIL_ALLOC,
)
from linuxmm.state.flags import FOLL_PIN, FOLL_WRITE
from linuxmm.state.layout import (
    NR_ISOLATED_ANON,
    PGMIGRATE_FAIL,
    PGMIGRATE_SUCCESS,
)
from linuxmm.steps.memory import (
    OP_CREATE_FILE,
    OP_FOLLOW_PAGE,
    OP_MMAP,
    OP_READ,
    OP_SPAWN,
)
from linuxmm.steps.migrate import OP_MOVE_PAGES
from linuxmm.uapi import MAP_SHARED, MPOL_MF_MOVE_ALL, PROT_NONE
from tests.mm.box import COHERENT, PRIVATE, RW, Box, check_counts
from tests.some_kernels import EVERY_KERNEL

EFAULT, ENOENT, EACCES, EBUSY, ENODEV, EINVAL, EPERM, ENOMEM = -14, -2, -13, -16, -19, -22, -1, -12


# --- the matrix of coherent pages (facts/page-lookup.md) ---
MATRIX = {  # kernel: query, to its own node, to the other node
    "v5.17-coherent": (0, 0, EBUSY),
    "split-v1": (0, EFAULT, EFAULT),
    "v6.1": (ENOENT, ENOENT, ENOENT),
}


@EVERY_KERNEL
def test_coherent_pages_in_move_pages(kernel: str) -> None:
    query, same, other = MATRIX[kernel]
    box = Box(kernel, 8)
    box.write(tag=0x5A)
    assert box.to_device(box.a, 4) == [4, 0]
    assert box.move_pages() == (0, [query] * 4 + [0] * 4)
    assert box.move_pages(node=0) == (0, [same] * 4 + [0] * 4)
    assert box.move_pages(node=1) == (0, [other] * 4 + [1] * 4)
    assert box.where() == ["coh"] * 4 + ["n1"] * 4
    assert box.read() == [0x5A] * 8
    check_counts(box)


@EVERY_KERNEL
def test_coherent_page_mapped_twice(kernel: str) -> None:
    """Without MPOL_MF_MOVE_ALL -EACCES in the old kernel, with it isolation fails."""
    box = Box(kernel, 1)
    box.write(tag=1)
    box.to_device()
    box.fork()
    refused = {"v5.17-coherent": (EACCES, EBUSY), "split-v1": (EFAULT, EFAULT)}
    first, every = refused.get(kernel, (ENOENT, ENOENT))
    assert box.move_pages(node=1) == (0, [first])
    assert box.move_pages(node=1, flags=MPOL_MF_MOVE_ALL) == (0, [every])
    check_counts(box)


# --- other kinds (facts/move-pages.md) ---
@EVERY_KERNEL
def test_zero_page_and_hole_are_efault(kernel: str) -> None:
    box = Box(kernel, 2)
    box.read(box.a)
    assert box.where() == ["zero", "none"]
    assert box.move_pages(node=1) == (0, [EFAULT, EFAULT])
    assert box.move_pages() == (0, [EFAULT, EFAULT])


@EVERY_KERNEL
def test_private_device_page_is_enoent(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=1)
    assert box.to_device(box.a, 2, PRIVATE) == [2, 0]
    assert box.move_pages(node=1) == (0, [ENOENT, ENOENT])
    assert box.where() == ["priv", "priv"]


@EVERY_KERNEL
def test_hole_in_shared_memory_is_enoent(kernel: str) -> None:
    box = Box(kernel, 2)
    file = box.create_file(OPS_SHMEM, 2)
    box.a = box.mmap(2, MAP_SHARED, file=file)
    box.write(box.a, 7)
    assert box.move_pages(node=1) == (0, [1, ENOENT])
    assert box.read() == [7, 0]
    check_counts(box)


@EVERY_KERNEL
def test_prot_none_page(kernel: str) -> None:
    """5.17 followed PROT_NONE entries, 6.1 does not (facts/move-pages.md)."""
    box = Box(kernel, 1)
    box.write(tag=1)
    box.mprotect(prot=PROT_NONE)
    assert box.move_pages(node=1) == (0, [ENOENT if kernel == "v6.1" else 1])


@EVERY_KERNEL
def test_pfn_map_and_no_vma(kernel: str) -> None:
    box = Box(kernel, 1)
    file = box.create_file(OPS_PFNMAP, 1)
    kept = box.a
    box.a = box.mmap(1, MAP_SHARED, file=file)
    assert box.move_pages(node=1) == (0, [EFAULT])
    box.a = kept
    box.munmap(box.a, 1)
    assert box.move_pages(node=1) == (0, [EFAULT])
    assert box.move_pages() == (0, [EFAULT])


@EVERY_KERNEL
def test_shared_page_needs_move_all(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=0x33)
    child = box.fork()
    assert box.move_pages(node=1) == (0, [EACCES])
    assert box.move_pages(node=1, flags=MPOL_MF_MOVE_ALL) == (0, [1])
    assert box.page() == box.page(task=child)
    assert box.read(task=child) == [0x33]
    check_counts(box)


@EVERY_KERNEL
def test_page_cache_page_moves(kernel: str) -> None:
    box = Box(kernel, 1)
    file = box.create_file(OPS_FILE, 1)
    box.a = box.mmap(1, MAP_SHARED, file=file)
    box.read()
    assert box.move_pages(node=1) == (0, [1])
    assert box.m.cache_page[box.m.file_first[file]] == box.page()
    check_counts(box)


@EVERY_KERNEL
def test_page_cache_page_with_buffers_moves(kernel: str) -> None:
    """buffer_migrate_folio: PG_private and its reference go along."""
    box = Box(kernel, 1)
    file = box.create_file(OPS_FILE, 1)
    box.a = box.mmap(1, MAP_SHARED, file=file)
    box.write(tag=4)
    assert box.m.page_flags[box.page()] & PG_PRIVATE
    assert box.move_pages(node=1) == (0, [1])
    assert box.m.page_flags[box.page()] & PG_PRIVATE
    assert box.m.page_flags[box.page()] & PG_DIRTY
    assert box.read() == [4]
    check_counts(box)


@EVERY_KERNEL
def test_driver_s_own_pages_are_not_on_the_lru(kernel: str) -> None:
    box = Box(kernel, 1)
    file = box.create_file(OPS_MIXEDMAP_PAGE, 1)
    box.a = box.mmap(1, MAP_SHARED, file=file)
    assert box.move_pages(node=1) == (0, [EBUSY])
    check_counts(box)


@EVERY_KERNEL
def test_page_that_is_there_already_keeps_its_frame(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    page = box.page()
    assert box.move_pages(node=0) == (0, [0])
    assert box.page() == page
    check_counts(box)


@EVERY_KERNEL
def test_query_of_a_hole_in_shared_memory(kernel: str) -> None:
    box = Box(kernel, 1)
    file = box.create_file(OPS_SHMEM, 1)
    box.a = box.mmap(1, MAP_SHARED, file=file)
    assert box.move_pages() == (0, [ENOENT])


@EVERY_KERNEL
def test_dax_page(kernel: str) -> None:
    """Query without FOLL_GET -EFAULT, in split-v1 with a report; 6.1 gets the page: -ENOENT."""
    machine = Machine(kernel, simple_spec(dax=1))
    task = machine.call(OP_SPAWN)
    file = machine.call(OP_CREATE_FILE, 0, OPS_FSDAX, 1, 4)  # ranges: node0, node1, coherent0
    addr = machine.call(OP_MMAP, task, 1, RW, MAP_SHARED, file)
    assert machine.call(OP_READ, task, addr, 1) == 1
    assert machine.call(OP_MOVE_PAGES, task, task, addr, 1, -1, 2) == 0
    assert machine.out(1) == [ENOENT if kernel == "v6.1" else EFAULT]
    reports = [event.name for event in machine.events()]
    assert reports == (["bad-page-map"] if kernel == "split-v1" else [])
    assert machine.call(OP_MOVE_PAGES, task, task, addr, 1, 1, 2) == 0
    assert machine.out(1) == [EFAULT]


# --- errnos of the call ---
@EVERY_KERNEL
def test_errors_of_the_call(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=1)
    assert box.move_pages(node=1, flags=8)[0] == EINVAL
    assert box.move_pages(node=5)[0] == ENODEV
    assert box.move_pages(node=5)[1] == [STATUS_UNWRITTEN] * 2
    box.m.setting[SET_CAPABLE] = 0
    assert box.move_pages(node=1, flags=MPOL_MF_MOVE_ALL)[0] == EPERM
    with pytest.raises(NotModelled):
        box.call(OP_MOVE_PAGES, box.task, box.task, box.a, 5000, 1, 2)


@EVERY_KERNEL
def test_bad_node_after_good_ones_moves_what_was_queued(kernel: str) -> None:
    box = Box(kernel, 2)
    box.write(tag=1)
    result, statuses = box.move_pages(node=-2, nodes=1 | 5 << 6)
    assert (result, statuses) == (ENODEV, [1, STATUS_UNWRITTEN])
    assert box.where() == ["n1", "n0"]


@EVERY_KERNEL
def test_a_node_for_each_page(kernel: str) -> None:
    box = Box(kernel, 4)
    box.write(tag=1)
    assert box.move_pages(node=-2, nodes=1 | 0 << 6 | 1 << 12 | 1 << 18) == (0, [1, 0, 1, 1])
    assert box.where() == ["n1", "n0", "n1", "n1"]


# --- pages that somebody holds ---
@EVERY_KERNEL
def test_pinned_page_does_not_move(kernel: str) -> None:
    """migrate_pages tries ten times; 5.17 reports one failure less and does not count them."""
    box = Box(kernel, 3)
    box.write(tag=1)
    assert box.gup(box.at(0), FOLL_PIN | FOLL_WRITE) == 1
    old = box.page()
    result, statuses = box.move_pages(node=1)
    new = kernel == "v6.1"
    assert result == (1 if new else 0)
    assert statuses == [STATUS_UNWRITTEN] * 3
    assert box.page() == old
    assert box.where() == ["n0", "n1", "n1"]
    assert box.m.vmstat[PGMIGRATE_FAIL] == (1 if new else 0)
    assert box.m.vmstat[PGMIGRATE_SUCCESS] == 2
    assert box.m.vmstat[NR_ISOLATED_ANON] == 0
    assert box.m.page_flags[old] & PG_LRU
    box.put()
    assert box.read() == [1, 1, 1]
    check_counts(box)
    assert box.move_pages(node=1) == (0, [1, 1, 1])


@EVERY_KERNEL
def test_no_memory_stops_the_move(kernel: str) -> None:
    box = Box(kernel, 3)
    box.write(tag=1)
    box.m.setting[SET_FAIL_ALLOC] = 1
    assert box.move_pages(node=1) == (ENOMEM, [STATUS_UNWRITTEN] * 3)
    assert box.where() == ["n0"] * 3
    assert box.m.vmstat[PGMIGRATE_FAIL] == 1
    check_counts(box)


@EVERY_KERNEL
def test_untried_pages_are_counted(kernel: str) -> None:
    """Page 0 is pinned, page 1 wants another node: it and page 2 are not tried.

    Three pages did not move; 5.17 forgets one of them (mm/migrate.c:
    move_pages_and_store_status).
    """
    box = Box(kernel, 3)
    box.write(tag=1)
    box.gup(box.at(0), FOLL_PIN | FOLL_WRITE)
    result, _ = box.move_pages(node=-2, nodes=1 | 0 << 6 | 0 << 12)
    assert result == (3 if kernel == "v6.1" else 2)


# --- entries ---
@EVERY_KERNEL
def test_what_an_entry_keeps(kernel: str) -> None:
    """Writable and soft-dirty stay; young and dirty only where migration entries carry them."""
    box = Box(kernel, 1)
    box.write(tag=1)
    before = box.pte()
    box.move_pages(node=1)
    after = box.pte()
    assert pte_present(after)
    assert after & PAGE_RW == before & PAGE_RW == PAGE_RW
    kept = PAGE_ACCESSED | PAGE_DIRTY if kernel == "v6.1" else 0
    assert after & (PAGE_ACCESSED | PAGE_DIRTY) == kept
    assert box.rss(MM_ANONPAGES) == 1


@EVERY_KERNEL
def test_read_only_pages_stay_read_only(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=1)
    box.fork()
    box.move_pages(node=1, flags=MPOL_MF_MOVE_ALL)
    assert box.pte() & PAGE_RW == 0
    assert box.write(tag=2) == 0
    check_counts(box)


@EVERY_KERNEL
def test_the_target_is_on_the_lru_afterwards(kernel: str) -> None:
    """lru_cache_disable: nothing stays in a batch while pages are moved."""
    box = Box(kernel, 1)
    box.write(tag=1)
    box.move_pages(node=1)
    page = box.page()
    assert box.m.page_flags[page] & PG_LRU
    assert box.m.page_refcount[page] == 1


@EVERY_KERNEL
def test_follow_page_after_a_move(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=9)
    box.move_pages(node=1)
    assert box.call(OP_FOLLOW_PAGE, box.task, box.a, 0) == box.page()
    assert box.write(box.a, 3) == 0
    assert box.read() == [3]


def test_coherent_range_is_the_third() -> None:
    assert Box("v6.1", 4).m.range_type[COHERENT] == 2
