# SPDX-License-Identifier: GPL-2.0-or-later
"""do_wp_page: facts/faults.md, both reuse rules."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_RW, pte_pfn
from linuxmm.kernels import load
from linuxmm.state.constants import (
    MM_ANONPAGES,
    MM_FILEPAGES,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_PFNMAP,
    PG_ANON_EXCLUSIVE,
    RANGE_COHERENT,
    RANGE_RAM,
)
from linuxmm.state.flags import FOLL_GET
from linuxmm.state.layout import PGREUSE
from linuxmm.steps.memory import OP_WRITE
from linuxmm.uapi import MAP_PRIVATE
from tests.mm.box import Box
from tests.some_kernels import EVERY_KERNEL, SPLIT, behaving


@EVERY_KERNEL
def test_a_shared_page_is_copied_for_the_writer(kernel: str) -> None:
    box = Box(kernel)
    a = box.anon(1)
    box.write(a, 1)
    box.drain()
    child = box.fork()
    assert box.counts(a) == (2, 2)
    box.write(a, 2, task=child)
    assert pte_pfn(box.pte(a)) != pte_pfn(box.pte(a, child))
    assert (box.read(a), box.read(a, task=child)) == ([1], [2])
    assert box.counts(a) == (1, 1)


@EVERY_KERNEL
def test_the_last_owner_reuses_the_page(kernel: str) -> None:
    box = Box(kernel)
    a = box.anon(1)
    box.write(a)
    box.drain()
    page = box.page(a)
    child = box.fork()
    box.exit(child)
    box.write(a, 5)
    assert box.page(a) == page
    assert box.pte(a) & PAGE_RW and box.pte(a) & PAGE_DIRTY
    assert bool(box.m.page_flags[page] & PG_ANON_EXCLUSIVE) == (kernel == "v6.1")


@EVERY_KERNEL
def test_a_page_in_a_batch(kernel: str) -> None:
    """v6.1 drains and tests again; before, a batch reference forces a copy (do_wp_page).

    The parent's page is in the batch of CPU 1, which a child's exit on CPU 0 does not drain.
    """
    box = Box(kernel)
    a = box.anon(1)
    assert box.call(OP_WRITE, box.task, a, 1, 1, cpu=1) == 0
    page = box.page(a)
    box.exit(box.fork())
    assert box.counts(a) == (2, 1)
    assert box.call(OP_WRITE, box.task, a, 1, 5, cpu=1) == 0
    assert (box.page(a) == page) == (kernel == "v6.1")


@EVERY_KERNEL
def test_a_page_that_somebody_else_references(kernel: str) -> None:
    """Refcount 2 after the child is gone: neither rule reuses it."""
    box = Box(kernel)
    a = box.anon(1)
    box.write(a)
    box.drain()
    page = box.page(a)
    child = box.fork()
    assert box.gup(a, FOLL_GET) == 1
    box.exit(child)
    box.write(a, 5)
    assert box.page(a) != page
    box.put()


@EVERY_KERNEL
def test_cow_of_a_coherent_page_lands_in_system_memory(kernel: str) -> None:
    """Sites-core 8.4: the copy is RAM on the LRU; the parent reuses its device page in place."""
    box = Box(kernel)
    a = box.anon(1)
    box.write(a, 1)
    box.to_device(a)
    child = box.fork()
    assert box.counts(a) == (2, 2)
    box.write(a, 2, task=child)
    kinds = [box.m.range_type[box.m.page_range[box.page(a, t)]] for t in (box.task, child)]
    assert kinds == [RANGE_COHERENT, RANGE_RAM]
    device = box.page(a)
    box.write(a, 3)
    assert box.page(a) == device and box.counts(a) == (1, 1)


def test_shared_file_becomes_writable_and_dirty() -> None:
    box = Box()
    a = box.file(OPS_FILE)
    box.read(a)
    page = box.page(a)
    assert not box.pte(a) & PAGE_RW
    box.write(a, 4)
    assert box.page(a) == page and box.pte(a) & PAGE_RW


def test_private_file_page_is_copied() -> None:
    box = Box()
    a = box.file(OPS_FILE, flags=MAP_PRIVATE)
    box.read(a)
    assert (box.rss(MM_FILEPAGES), box.rss(MM_ANONPAGES)) == (1, 0)
    box.write(a, 4)
    assert (box.rss(MM_FILEPAGES), box.rss(MM_ANONPAGES)) == (0, 1)


@EVERY_KERNEL
@pytest.mark.parametrize("ops", [OPS_PFNMAP, OPS_FSDAX])
def test_private_mapping_without_page_copies_through_the_address(kernel: str, ops: int) -> None:
    """The PFN path: ANON +1 and no old page; split-v1 reports DAX entries on the way."""
    box = Box(kernel, checked=kernel != SPLIT)
    a = box.file(ops, flags=MAP_PRIVATE)
    box.read(a)
    box.write(a, 6)
    reports = box.events()
    split_dax = kernel == "split-v1" and ops == OPS_FSDAX
    assert reports == (["bad-page-map"] if split_dax else [])
    assert box.rss(MM_ANONPAGES) == 1
    assert box.read(a) == [6]


@EVERY_KERNEL
def test_a_dax_file_system_sees_the_first_write(kernel: str) -> None:
    """vma_wants_writenotify: pfn_mkwrite exists, so a read maps read-only; it then makes the
    entry writable itself (vmf_insert_mixed_mkwrite), which is no reuse.  device-dax has none."""
    box = Box(kernel, checked=kernel != SPLIT)  # which reports DAX pages
    dax, dev = box.file(OPS_FSDAX), box.file(OPS_DEVDAX)
    for a, writable in ((dax, 0), (dev, PAGE_RW)):
        box.read(a)
        assert box.pte(a) & PAGE_RW == writable
        box.write(a, 6)
        assert box.pte(a) & (PAGE_RW | PAGE_DIRTY) == PAGE_RW | PAGE_DIRTY
    assert box.m.vmstat[PGREUSE] == 0


@pytest.mark.parametrize(("word", "reused"), [("no", False), ("yes", True)])
def test_whether_a_page_in_this_cpus_batch_is_reused(word: str, reused: bool) -> None:
    """The batch's reference goes when do_wp_page drains it."""
    box = Box(behaving(load("v6.1"), "wp_drains_batch", word))
    a = box.anon(1)
    box.call(OP_WRITE, box.task, a, 1, 1, cpu=1)
    page = box.page(a)
    box.exit(box.fork())  # on CPU 0
    assert box.counts(a) == (2, 1)  # the entry's and the batch's
    box.call(OP_WRITE, box.task, a, 1, 5, cpu=1)
    assert (box.page(a) == page) == reused
