# SPDX-License-Identifier: GPL-2.0-or-later
"""The mms that ksmd scans, in its order.  Source: mm/ksm.c:__ksm_enter, __ksm_exit; linux/ksm.h.

An mm is on the list as long as it has MMF_VM_MERGEABLE.  The list keeps its row alive after the
last task is gone (mmgrab): a row is free when mm_users is 0 *and* that flag is clear.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.constants import MMF_VM_MERGEABLE, SET_KSM_RUN
from linuxmm.state.layout import KSM_MM_FIRST, KSM_SCAN_MM, State
from linuxmm.state.rules import Rules

KSM_RUN_MERGE: Final = 1
KSM_RUN_UNMERGE: Final = 2


@core
def ksm_test_exit(m: State, mm: int) -> int:
    """Is the mm on its way out: nobody may touch its page tables any more?"""
    return 1 if m.mm_users[mm] == 0 else 0


@core
def _insert_before(m: State, mm: int, place: int) -> int:
    """Into the list before `place` (0: at its end)."""
    previous = 0
    row = m.ksm[KSM_MM_FIRST]
    while row and row != place:
        previous = row
        row = m.mm_ksm_next[row]
    m.mm_ksm_next[mm] = row
    if previous:
        m.mm_ksm_next[previous] = mm
    else:
        m.ksm[KSM_MM_FIRST] = mm
    return 0


@core
def is_listed(m: State, mm: int) -> int:
    """Has the mm a slot (mm_slot_lookup)?"""
    row = m.ksm[KSM_MM_FIRST]
    while row and row != mm:
        row = m.mm_ksm_next[row]
    return 1 if row else 0


@core
def unlink_slot(m: State, mm: int) -> int:
    """Off the list."""
    if m.ksm[KSM_MM_FIRST] == mm:
        m.ksm[KSM_MM_FIRST] = m.mm_ksm_next[mm]
    else:
        row = m.ksm[KSM_MM_FIRST]
        while m.mm_ksm_next[row] != mm:
            row = m.mm_ksm_next[row]
        m.mm_ksm_next[row] = m.mm_ksm_next[mm]
    m.mm_ksm_next[mm] = 0
    return 0


@core
def ksm_enter(m: State, mm: int) -> int:
    """__ksm_enter: just behind the cursor, so that the area settles before it is scanned."""
    place = m.ksm[KSM_SCAN_MM]
    if m.setting[SET_KSM_RUN] & KSM_RUN_UNMERGE:
        place = 0
    _insert_before(m, mm, place)
    m.mm_flags[mm] = m.mm_flags[mm] | MMF_VM_MERGEABLE
    return 0


@core
def ksm_fork(m: State, k: Rules, mm: int, oldmm: int) -> int:
    """A child of a mergeable process is scanned too (its items are made by ksmd)."""
    if m.mm_flags[oldmm] & MMF_VM_MERGEABLE:
        return ksm_enter(m, mm)
    return 0


@core
def free_mm_slot(m: State, mm: int) -> int:
    """Off the list; without a task the row is free now (mmdrop)."""
    unlink_slot(m, mm)
    m.mm_flags[mm] = m.mm_flags[mm] & ~MMF_VM_MERGEABLE
    if ksm_test_exit(m, mm):
        m.mm_flags[mm] = 0
    return 0


@core
def ksm_exit(m: State, k: Rules, mm: int) -> int:
    """The last task of the mm is gone: off the list, or ksmd removes its items next.

    Called with mm_users 0, before the address space is torn down.
    """
    if m.mm_flags[mm] & MMF_VM_MERGEABLE == 0 or m.ksm[KSM_SCAN_MM] == mm:
        return 0
    if is_listed(m, mm) == 0:  # only executed text takes a slot away and leaves the flag
        return 0
    if m.mm_ksm_items[mm] == 0:
        return free_mm_slot(m, mm)
    unlink_slot(m, mm)
    cursor = m.ksm[KSM_SCAN_MM]
    return _insert_before(m, mm, m.mm_ksm_next[cursor] if cursor else m.ksm[KSM_MM_FIRST])
