# SPDX-License-Identifier: GPL-2.0-or-later
"""The gate area: a page of the kernel's own text that every process may see, or may not.

Source: arch/x86/entry/vsyscall/vsyscall_64.c.  A boot decides (vsyscall=): `none`, no area;
`xonly`, an area without an entry (calls into it are emulated); `emulate`, a readable entry.  It is
no VMA of an mm: whoever looks for one finds a hole.  Not modelled: executing it.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_NX, PAGE_PROTNONE, PROT_READ_BITS, pfn_pte
from linuxmm.core import core
from linuxmm.mm.page import page_to_pfn
from linuxmm.mm.pgtable import PTRS_PER_PTE, deposited_pte
from linuxmm.state.constants import (
    GATE_SLOT,
    GATE_VMA,
    PG_ALLOCATED,
    PG_RESERVED,
    SET_GATE_PAGE,
    SET_VSYSCALL,
    VM_EXEC,
    VM_READ,
)
from linuxmm.state.layout import SIZE_T, SIZE_V, State
from linuxmm.uapi import PAGE_SIZE

VSYSCALL_NONE: Final = 0
VSYSCALL_XONLY: Final = 1
VSYSCALL_EMULATE: Final = 2
# 0xffffffffff600000 without its sign bit: addresses are positive here, and none is near it
VSYSCALL_ADDR: Final = 0x7FFF_FFFF_FF60_0000
TASK_SIZE_MAX: Final = (1 << 47) - PAGE_SIZE
# its first eight bytes: mov $96 (gettimeofday), %rax, and of the next instruction the first
VSYSCALL_TEXT: Final = 0x0F00_0000_60C0_C748
PAGE_GLOBAL: Final = PAGE_PROTNONE  # the same bit, of an entry that is present
PAGE_KERNEL_VVAR: Final = PROT_READ_BITS | PAGE_GLOBAL | PAGE_NX


@core
def in_gate_area(m: State, addr: int) -> int:
    """Is this address one of the gate area, and is there one?"""
    if m.setting[SET_VSYSCALL] == VSYSCALL_NONE:
        return 0
    return 1 if VSYSCALL_ADDR <= addr < VSYSCALL_ADDR + PAGE_SIZE else 0


@core
def gate_vm_flags(m: State) -> int:
    """VM_* of the area's own VMA (map_vsyscall takes VM_READ away where nobody reads)."""
    return VM_EXEC if m.setting[SET_VSYSCALL] == VSYSCALL_XONLY else VM_READ | VM_EXEC


@core
def gate_pmd(m: State) -> int:
    """The kernel's table of 2 MiB that the area lies in, which is always there."""
    slot = GATE_SLOT if m.setting[SET_GATE_PAGE] else 0
    return slot + PTRS_PER_PTE << 1


@core
def gate_pte(m: State) -> int:
    """The entry behind it: the kernel's page, or none."""
    return m.pte[deposited_pte(gate_pmd(m), VSYSCALL_ADDR)]


def map_vsyscall(m: State, page: int) -> None:
    """At boot: a page of the kernel's text becomes readable."""
    m.setting[SET_GATE_PAGE] = page
    m.page_flags[page] = PG_RESERVED | PG_ALLOCATED
    m.page_refcount[page] = 1
    m.page_tag[page] = VSYSCALL_TEXT
    m.pte[GATE_SLOT] = pfn_pte(page_to_pfn(m, page), PAGE_KERNEL_VVAR)
    m.used[SIZE_T] = GATE_SLOT + 1
    m.vma_start[GATE_VMA] = VSYSCALL_ADDR
    m.vma_end[GATE_VMA] = VSYSCALL_ADDR + PAGE_SIZE
    m.vma_flags[GATE_VMA] = VM_READ | VM_EXEC
    m.used[SIZE_V] = GATE_VMA + 1


@core
def reads_gate(m: State, addr: int, write: int) -> int:
    """Does the CPU get through to the page, which nobody may write?"""
    return 1 if write == 0 and in_gate_area(m, addr) and gate_pte(m) else 0


@core
def sys_vsyscall() -> int:
    """Where it is, whether or not it is there: an address like any other to every system call."""
    return VSYSCALL_ADDR


@core
def is_user_range(addr: int, npages: int) -> int:
    """access_ok: a range that could be user memory (arch/x86/include/asm/uaccess.h)."""
    return 1 if addr + npages * PAGE_SIZE <= TASK_SIZE_MAX else 0
