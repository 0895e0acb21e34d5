# SPDX-License-Identifier: GPL-2.0-or-later
"""MADV_COLLAPSE as far as its answer is certain without huge pages.

Source: mm/khugepaged.c:madvise_collapse, mm/huge_memory.c:hugepage_vma_check,
include/linux/huge_mm.h:transhuge_vma_suitable.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.page import not_modelled
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.mm.vma import vma_is_anonymous
from linuxmm.state.constants import (
    EINVAL,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_SHMEM,
    VM_HUGETLB,
    VM_NOHUGEPAGE,
    VM_SPECIAL,
    WHY_THP,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

HPAGE_SIZE: Final = 1 << 21


@core
def hugepage_vma_check(m: State, vma: int) -> int:
    """May the VMA hold huge pages at all (asked by request: sysfs settings do not count)?

    Not modelled: what shmem and file systems of a machine allow; such a VMA counts as allowed.
    """
    ops = m.vma_ops[vma]
    if m.vma_flags[vma] & (VM_NOHUGEPAGE | VM_SPECIAL | VM_HUGETLB):
        return 0
    if ops in (OPS_FSDAX, OPS_DEVDAX) or transhuge_vma_suitable(m, vma) == 0:
        return 0
    if vma_is_anonymous(m, vma):
        return 1 if m.vma_anon_vma[vma] else 0
    return 1 if ops in (OPS_FILE, OPS_SHMEM) else 0


@core
def transhuge_vma_suitable(m: State, vma: int) -> int:
    """Does the last aligned 2 MiB before the end of the VMA lie inside it (and its file)?"""
    if vma_is_anonymous(m, vma) == 0:
        if ((m.vma_start[vma] >> 12) - m.vma_pgoff[vma]) & 511:
            return 0
    low = (m.vma_end[vma] - HPAGE_SIZE) & ~(HPAGE_SIZE - 1)
    return 1 if low >= m.vma_start[vma] and low + HPAGE_SIZE <= m.vma_end[vma] else 0


@core
def madvise_collapse(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """-EINVAL for a VMA or a range that holds no aligned 2 MiB; collapsing is not modelled."""
    if hugepage_vma_check(m, vma) == 0:
        return -EINVAL
    lru_add_drain_all(m, k)
    low = (start + HPAGE_SIZE - 1) & ~(HPAGE_SIZE - 1)
    high = end & ~(HPAGE_SIZE - 1)
    if low < high:
        return not_modelled(m, WHY_THP)
    return 0 if low == high else -EINVAL  # no unit and none missing, or a failure of no unit
