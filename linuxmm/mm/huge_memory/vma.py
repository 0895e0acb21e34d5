# SPDX-License-Identifier: GPL-2.0-or-later
"""Where huge pages may be.  Source: mm/huge_memory.c:hugepage_vma_check, include/linux/huge_mm.h.

Not modelled: prctl(PR_SET_THP_DISABLE); huge pages of files (READ_ONLY_THP_FOR_FS);
DAX, which maps by leaves whatever the settings say (`fault.py`).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, HPAGE_PMD_ORDER, HPAGE_PMD_SIZE
from linuxmm.mm.shmem import NOT_READ, shmem_is_huge
from linuxmm.state.behaviours import B_SHMEM_HUGE
from linuxmm.state.constants import (
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_NONE,
    OPS_SHMEM,
    SET_THP,
    THP_ALWAYS,
    THP_NEVER,
    VM_HUGEPAGE,
    VM_HUGETLB,
    VM_NOHUGEPAGE,
    VM_SPECIAL,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SHIFT, PAGE_SIZE

VM_NO_KHUGEPAGED: Final = VM_SPECIAL | VM_HUGETLB


@core
def file_aligned(m: State, vma: int) -> int:
    """Do 2 MiB of the VMA's addresses lie on 2 MiB of its file?"""
    return 0 if ((m.vma_start[vma] >> 12) - m.vma_pgoff[vma]) & HPAGE_PMD_NR - 1 else 1


@core
def transhuge_vma_suitable(m: State, vma: int) -> int:
    """Does the last aligned 2 MiB before the end of the VMA lie inside it (and its file)?"""
    if m.vma_ops[vma] != OPS_NONE and file_aligned(m, vma) == 0:
        return 0
    low = (m.vma_end[vma] - HPAGE_PMD_SIZE) & ~(HPAGE_PMD_SIZE - 1)
    return 1 if low >= m.vma_start[vma] and low + HPAGE_PMD_SIZE <= m.vma_end[vma] else 0


@core
def hugepage_flags_allow(m: State, flags: int) -> int:
    """transparent_hugepage/enabled: always, or by MADV_HUGEPAGE."""
    enabled = m.setting[SET_THP]
    if enabled == THP_NEVER:
        return 0
    return 1 if enabled == THP_ALWAYS or flags & VM_HUGEPAGE else 0


@core
def hugepage_vma_check(m: State, vma: int, flags: int, enforce_sysfs: int) -> int:
    """May the VMA with these flags hold huge pages, by sysfs too or whatever that says?

    Of shmem that is another file of sysfs (of which `deny` is asked always), and the VMA's own
    flags.  A file of a file system may, as far as it goes.
    """
    ops = m.vma_ops[vma]
    if flags & (VM_NOHUGEPAGE | VM_NO_KHUGEPAGED):
        return 0
    if ops in (OPS_FSDAX, OPS_DEVDAX) or transhuge_vma_suitable(m, vma) == 0:
        return 0
    if ops == OPS_SHMEM:
        force = 0 if enforce_sysfs else 1
        return shmem_is_huge(m, vma, m.vma_file[vma], m.vma_pgoff[vma], force)
    if enforce_sysfs and hugepage_flags_allow(m, flags) == 0:
        return 0
    if ops == OPS_NONE:
        return 1 if m.vma_anon_vma[vma] else 0
    return 1 if ops == OPS_FILE else 0


@core
def thp_eligible(m: State, k: Rules, vma: int) -> int:
    """THPeligible of smaps: 0 or 1; of anonymous memory before its first touch too.

    -1 of shmem by rules whose text was not read: not modelled.
    """
    ops = m.vma_ops[vma]
    if ops == OPS_SHMEM and k.behaviour[B_SHMEM_HUGE] == NOT_READ:
        return -1
    if ops not in (OPS_NONE, OPS_SHMEM):
        return 0  # Debian has no READ_ONLY_THP_FOR_FS; of DAX smaps says no
    if ops == OPS_NONE and m.vma_anon_vma[vma] == 0:
        return huge_fault_allowed(m, vma) & transhuge_vma_suitable(m, vma)
    if ops == OPS_SHMEM and k.behaviour[B_SHMEM_HUGE]:
        allowed = shmem_is_huge(m, vma, m.vma_file[vma], m.vma_pgoff[vma], 0)
        return allowed & some_size_suits(m, vma)
    return hugepage_vma_check(m, vma, m.vma_flags[vma], 1)


@core
def some_size_suits(m: State, vma: int) -> int:
    """Could the area map a folio of any size from two pages to 2 MiB at its end?  Which of these
    shmem may have is not asked again (__thp_vma_allowable_orders of 6.12)."""
    for order in range(1, HPAGE_PMD_ORDER + 1):
        size = PAGE_SIZE << order
        low = (m.vma_end[vma] - size) & ~(size - 1)
        alike = ((m.vma_start[vma] >> PAGE_SHIFT) - m.vma_pgoff[vma]) & ((1 << order) - 1) == 0
        if alike and low >= m.vma_start[vma] and low + size <= m.vma_end[vma]:
            return 1
    return 0


@core
def huge_fault_allowed(m: State, vma: int) -> int:
    """hugepage_vma_check of a page fault in anonymous memory: in_pf, enforce_sysfs.

    Whether the 2 MiB lie in the VMA is asked of the PMD entry.
    """
    if m.vma_ops[vma] != OPS_NONE or m.vma_flags[vma] & (VM_NOHUGEPAGE | VM_NO_KHUGEPAGED):
        return 0
    return hugepage_flags_allow(m, m.vma_flags[vma])
