# SPDX-License-Identifier: GPL-2.0-or-later
"""Protections of VMAs: arch/x86/include/asm/pgtable_types.h, facts/entries.md."""

import pytest

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_NX,
    PAGE_PRESENT,
    PAGE_PROTNONE,
    PAGE_RW,
    PAGE_USER,
)
from linuxmm.mm.vma import vm_get_page_prot
from linuxmm.state.constants import VM_EXEC, VM_READ, VM_SHARED, VM_WRITE

READ = PAGE_PRESENT | PAGE_USER | PAGE_ACCESSED


@pytest.mark.parametrize(
    ("flags", "bits"),
    [
        (0, PAGE_ACCESSED | PAGE_PROTNONE),
        (VM_SHARED, PAGE_ACCESSED | PAGE_PROTNONE),
        (VM_READ, READ | PAGE_NX),
        (VM_READ | VM_WRITE, READ | PAGE_NX),
        (VM_WRITE | VM_SHARED, READ | PAGE_RW | PAGE_NX),
        (VM_EXEC, READ),
        (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED, READ | PAGE_RW),
    ],
)
def test_the_protection_map(flags: int, bits: int) -> None:
    assert vm_get_page_prot(flags) == bits
