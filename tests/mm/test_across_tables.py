# SPDX-License-Identifier: GPL-2.0-or-later
"""What walks do where a mapping goes on in the next table: the same, and nothing twice.

The mapping begins at a 2 MiB boundary and has 514 pages: page 512 is the first of the second
table.  Two pages on each side are written; every number is counted by hand.
"""

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_RW, pte_none, pte_present
from linuxmm.mm.pgtable import PMD_SIZE
from linuxmm.state.constants import MM_ANONPAGES, MM_SWAPENTS, PG_SWAPBACKED
from linuxmm.steps.proc import OP_CLEAR_REFS, OP_PAGEMAP
from linuxmm.uapi import MADV_FREE, MADV_PAGEOUT, PROT_READ
from tests.mm.box import Box
from tests.some_kernels import EVERY_KERNEL

WRITTEN = range(510, 514)


def box_across(kernel: str) -> Box:
    box = Box(kernel, 514)
    assert box.a % PMD_SIZE == 0
    box.write(box.at(510), 0x11, 4)
    box.drain()
    return box


def entries(box: Box, task: int = 0) -> list[int]:
    return [box.pte(box.at(i), task) for i in WRITTEN]


@EVERY_KERNEL
def test_readers(kernel: str) -> None:
    box = box_across(kernel)
    assert box.smaps(box.a)["Rss"] == 16  # kB
    words = box.out(box.call(OP_PAGEMAP, 0, box.task, box.at(508), 6))
    assert [word < 0 for word in words] == [False, False, True, True, True, True]
    box.call(OP_CLEAR_REFS, 0, box.task, 1)
    assert not any(pte & PAGE_ACCESSED for pte in entries(box))


@EVERY_KERNEL
def test_protections_and_a_child(kernel: str) -> None:
    box = box_across(kernel)
    box.mprotect(box.at(511), 2, PROT_READ)
    assert [bool(pte & PAGE_RW) for pte in entries(box)] == [True, False, False, True]
    child = box.fork()
    assert all(pte_present(pte) for pte in entries(box, child))
    assert box.rss(MM_ANONPAGES, child) == 4
    assert [box.counts(box.at(i))[1] for i in WRITTEN] == [2] * 4


@EVERY_KERNEL
def test_pages_out_and_away(kernel: str) -> None:
    box = box_across(kernel)
    assert box.madvise(box.at(511), 2, MADV_PAGEOUT) == 0
    assert [pte_present(pte) for pte in entries(box)] == [1, 0, 0, 1]
    assert box.rss(MM_SWAPENTS) == 2
    assert box.madvise(box.at(510), 4, MADV_FREE) == 0
    assert box.rss(MM_SWAPENTS) == 0
    box.drain()
    assert [bool(box.page_flags(box.at(i)) & PG_SWAPBACKED) for i in (510, 513)] == [False] * 2
    box.munmap(box.at(510), 3)
    assert box.rss(MM_ANONPAGES) == 1 and pte_none(box.pte(box.at(513))) == 0
