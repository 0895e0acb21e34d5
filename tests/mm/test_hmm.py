# SPDX-License-Identifier: GPL-2.0-or-later
"""hmm_range_fault.  Expected values: mm/hmm.c of 5.17 and 6.1, counted by hand."""

import pytest

from linuxmm import Machine
from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, swp_pte
from linuxmm.errors import NotModelled
from linuxmm.mm.hmm import (
    HMM_PFN_ERROR,
    HMM_PFN_REQ_FAULT,
    HMM_PFN_REQ_WRITE,
    HMM_PFN_VALID,
    HMM_PFN_WRITE,
    hmm_range_fault,
)
from linuxmm.play.run import OK, run_kernels
from linuxmm.scenario.parse import parse
from linuxmm.state.constants import VM_FAULT_RETRY
from linuxmm.state.layout import PGFAULT
from linuxmm.state.rules import SWT_HWPOISON
from linuxmm.steps.migrate import OP_HMM_SETUP
from linuxmm.uapi import PROT_READ
from tests.mm.box import COHERENT, PRIVATE, Box, check_counts
from tests.mm.test_numa import box_on_node1, scan
from tests.some_kernels import EVERY_KERNEL

EPERM, EFAULT = -1, -14
READ, WRITE = HMM_PFN_REQ_FAULT, HMM_PFN_REQ_FAULT | HMM_PFN_REQ_WRITE
MAY_WRITE = HMM_PFN_VALID | HMM_PFN_WRITE
FLAGS = MAY_WRITE | HMM_PFN_ERROR


def walk(box: Box, request: int, owner: int = COHERENT) -> list[int]:
    """The words of the mapping, or the one result that is no success."""
    mm = box.m.task_mm[box.task]
    end = box.a + box.n * 4096
    result = hmm_range_fault(box.m, box.machine.k, mm, box.a, end, owner, request)
    return [box.m.out[i] & FLAGS for i in range(box.n)] if result == 0 else [result]


def faults(box: Box) -> int:
    return box.m.vmstat[PGFAULT]


@EVERY_KERNEL
def test_a_snapshot_faults_nothing_in(kernel: str) -> None:
    box = Box(kernel, 3)
    box.write(box.at(1), 7)
    before = faults(box)
    assert walk(box, 0) == [0, MAY_WRITE, 0]
    assert faults(box) == before


@EVERY_KERNEL
def test_a_word_has_the_frame(kernel: str) -> None:
    """include/linux/hmm.h: the frame in the lowest bits, what may be done in the highest."""
    box = Box(kernel, 1)
    box.write(box.a, 7)
    assert walk(box, 0) == [MAY_WRITE]
    assert box.m.out[0] & ~FLAGS == box.pte(box.a) >> 12 & (1 << 40) - 1


@EVERY_KERNEL
def test_a_fault_is_for_the_rest_of_the_walk(kernel: str) -> None:
    """hmm_vma_fault: from the first entry that needs it to the end, good entries included."""
    box = Box(kernel, 4)
    box.write(box.a, 7)
    box.write(box.at(2), 7)
    before = faults(box)
    assert walk(box, READ) == [MAY_WRITE, HMM_PFN_VALID, MAY_WRITE, HMM_PFN_VALID]
    assert faults(box) - before == 3
    check_counts(box)


@EVERY_KERNEL
def test_writing_replaces_zero_pages(kernel: str) -> None:
    box = Box(kernel, 2)
    box.read()
    assert walk(box, READ) == [HMM_PFN_VALID] * 2
    assert walk(box, WRITE) == [MAY_WRITE] * 2
    check_counts(box)


@EVERY_KERNEL
def test_areas_that_cannot_be_written_or_read(kernel: str) -> None:
    """-EPERM for a write where the VMA has no VM_WRITE; -EFAULT without VM_READ."""
    box = Box(kernel, 2)
    box.mprotect(prot=PROT_READ)
    assert walk(box, WRITE) == [EPERM]
    box.mprotect(prot=2)
    assert walk(box, READ) == [EFAULT]
    assert walk(box, 0) == [HMM_PFN_ERROR] * 2


@EVERY_KERNEL
def test_a_hole_is_an_error(kernel: str) -> None:
    box = Box(kernel, 3)
    box.munmap(box.at(1), 1)
    assert walk(box, 0) == [0, HMM_PFN_ERROR, 0]
    assert walk(box, READ) == [EFAULT]


@EVERY_KERNEL
def test_a_hinting_fault_waits(kernel: str) -> None:
    """A PROT_NONE entry of NUMA balancing says nothing; a read goes through its fault."""
    box = box_on_node1(kernel, 2)
    scan(box)
    assert walk(box, 0) == [0, 0]
    assert walk(box, READ) == [MAY_WRITE, MAY_WRITE]


@EVERY_KERNEL
def test_a_fault_ends_with_its_table(kernel: str) -> None:
    """Table by table: good entries behind the empty one are touched, those of the next are not."""
    box = Box(kernel, 514)
    edge = box.at(512)
    assert edge % (1 << 21) == 0
    for addr in (edge - 4096, edge, edge + 4096):
        box.write(addr, tag=7)
    for addr in (edge - 4096, edge, edge + 4096):
        box.m.pte[box.slot(addr)] &= ~PAGE_ACCESSED
    m, before = box.m, faults(box)
    mm = m.task_mm[box.task]
    assert hmm_range_fault(m, box.machine.k, mm, edge - 8192, edge + 8192, COHERENT, READ) == 0
    assert [m.out[i] & FLAGS for i in range(4)] == [HMM_PFN_VALID, *[MAY_WRITE] * 3]
    assert faults(box) - before == 2
    touched = [bool(box.pte(addr) & PAGE_ACCESSED) for addr in (edge - 4096, edge, edge + 4096)]
    assert touched == [True, False, False]


@EVERY_KERNEL
def test_private_pages_of_the_caller_are_left_where_they_are(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=7)
    box.to_device(box.a, 1, PRIVATE)
    assert walk(box, 0, PRIVATE) == [MAY_WRITE]
    assert walk(box, WRITE, PRIVATE) == [MAY_WRITE]
    assert walk(box, 0) == [0]
    # another's comes back in 6.1; before 8a295dbbaf72 it was an error (mm/hmm.c)
    assert walk(box, READ) == ([MAY_WRITE] if kernel == "v6.1" else [EFAULT])
    assert walk(box, 0, PRIVATE) == [MAY_WRITE]
    assert box.read() == [7]
    check_counts(box)


@EVERY_KERNEL
def test_it_sleeps_on_a_migration_entry(kernel: str) -> None:
    box = Box(kernel, 1)
    box.write(tag=7)
    box.call(OP_HMM_SETUP, 0, box.task, box.a, 1, COHERENT, 1)
    assert walk(box, 0) == [0]
    assert walk(box, READ) == [VM_FAULT_RETRY]


@EVERY_KERNEL
def test_a_poisoned_page_is_an_error(kernel: str) -> None:
    box = Box(kernel, 1)
    m, k = box.m, box.machine.k
    m.pte[box.slot()] = swp_pte(k.swap_type[SWT_HWPOISON], 1)
    assert walk(box, 0) == [0]
    assert walk(box, READ) == [EFAULT]


# --- other kinds of memory, in the words of scenarios ---
KINDS = """linuxmm-scenario 1
name:    kinds
intent:  What a device sees of memory that is not anonymous.

machine:
  node0 512M
  coherent0 256M
  dax0 64M

steps:
        P0: a = mmap 1p {mapping}
        {touch}
  look: coherent0: snapshot P0.a
  load: coherent0: read P0.a

expect *:
  look = {look}
  load = {load}
"""


@pytest.mark.parametrize("kernel", ["v5.17-coherent", "v6.1"])
@pytest.mark.parametrize(
    ("mapping", "touch", "look", "load"),
    [
        ("shared dax0", "P0: read a", "read", "0x0"),  # devmap entries are let through
        ("shared dax0", "P0: write a 0x7", "write", "0x7"),
        ("shared mixedmap pages", "", "write", "0x0"),
        ("shared mixedmap pfns", "P0: read a", "error", "-EFAULT"),  # no struct page
        ("shared pfnmap", "", "error", "-EFAULT"),  # VM_PFNMAP
        ("shared anon", "P0: write a 0x7", "write", "0x7"),
    ],
)
def test_kinds(kernel: str, mapping: str, touch: str, look: str, load: str) -> None:
    text = KINDS.format(mapping=mapping, touch=touch or "drain", look=look, load=load)
    (run,) = run_kernels(parse(text, "kinds"), [kernel])
    assert run.verdict == OK, run.mismatches


def test_the_lost_devmap_row_shows_here_too() -> None:
    """split-v1: vm_normal_any_page reports a DAX entry as bad, which then passes all the same."""
    text = KINDS.format(mapping="shared dax0", touch="P0: read a", look="read !bad-page-map",
                        load="0x0 !bad-page-map")  # fmt: skip
    (run,) = run_kernels(parse(text, "kinds"), ["split-v1"])
    assert run.mismatches == ()
    assert {violation.site for _, violation in run.broken} == {"mm/hmm.c:hmm_vma_handle_pte"}


def test_the_device_cannot_read_its_own_private_pages_through_a_new_mirror() -> None:
    m = Machine("v6.1", nodes=1, coherent=0, private=1)
    p, device = m.process(), m.device("private0")
    a = p.mmap("1p")
    p.write(a, 7)
    device.migrate(a)
    with pytest.raises(NotModelled, match="device memory"):
        device.do("read", a)
