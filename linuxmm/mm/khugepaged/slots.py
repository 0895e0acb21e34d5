# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose memory khugepaged looks at, in which order.

Source: mm/khugepaged.c (khugepaged_enter_vma, __khugepaged_exit), include/linux/khugepaged.h.
m.mm_khugepaged is a place in that order, 0: it is not on the list.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.huge_memory.vma import hugepage_vma_check
from linuxmm.state.constants import OPS_NONE, OPS_SHMEM, SET_THP, THP_NEVER
from linuxmm.state.layout import SIZE_M, State

MAX_PTE_MAPPED_THP: Final = 8


@core
def is_for_khugepaged(m: State, vma: int, flags: int) -> int:
    """hugepage_vma_check, as sysfs allows: anonymous memory that has pages or had some, and shmem.

    Debian has no READ_ONLY_THP_FOR_FS: no other file is looked at.
    """
    if m.vma_ops[vma] not in (OPS_NONE, OPS_SHMEM) or m.setting[SET_THP] == THP_NEVER:
        return 0
    return hugepage_vma_check(m, vma, flags, 1)


@core
def khugepaged_enter_vma(m: State, vma: int, flags: int) -> int:
    """The process of this VMA is looked at from now on, if the VMA with these flags is worth it."""
    return khugepaged_enter(m, m.vma_mm[vma]) if is_for_khugepaged(m, vma, flags) else 0


@core
def khugepaged_enter(m: State, mm: int) -> int:
    """At the end of the list, once."""
    if m.mm_khugepaged[mm] == 0:
        last = 0
        for other in range(1, m.used[SIZE_M]):
            last = max(last, m.mm_khugepaged[other])
        m.mm_khugepaged[mm] = last + 1
    return 0


@core
def khugepaged_fork(m: State, mm: int, oldmm: int) -> int:
    """A child is on the list when its parent is."""
    return khugepaged_enter(m, mm) if m.mm_khugepaged[oldmm] else 0


@core
def khugepaged_exit(m: State, mm: int) -> int:
    """Off the list: those behind it move up."""
    place = m.mm_khugepaged[mm]
    m.mm_khugepaged[mm] = 0
    for i in range(mm * MAX_PTE_MAPPED_THP, (mm + 1) * MAX_PTE_MAPPED_THP):
        m.mm_pte_mapped[i] = 0
    for other in range(1, m.used[SIZE_M]):
        if place and m.mm_khugepaged[other] > place:
            m.mm_khugepaged[other] = m.mm_khugepaged[other] - 1
    return 0


@core
def next_slot(m: State, place: int) -> int:
    """The mm at the next place of the list; 0: there is none."""
    for mm in range(1, m.used[SIZE_M]):
        if m.mm_khugepaged[mm] == place + 1:
            return mm
    return 0


@core
def khugepaged_add_pte_mapped_thp(m: State, mm: int, addr: int) -> int:
    """To be looked at when khugepaged comes to this process: 1, or 0 where it does not come."""
    if m.mm_khugepaged[mm] == 0:
        return 0
    first = mm * MAX_PTE_MAPPED_THP
    for i in range(first, first + MAX_PTE_MAPPED_THP):
        if m.mm_pte_mapped[i] == 0:
            m.mm_pte_mapped[i] = addr
            return 1
    return 0
