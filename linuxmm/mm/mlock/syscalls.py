# SPDX-License-Identifier: GPL-2.0-or-later
"""mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2).  Source: mm/mlock.c."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.gup.populate import mm_populate
from linuxmm.mm.mlock.limit import can_do_mlock, within_mlock_limit
from linuxmm.mm.mlock.munlock import munlock_vma_pages_range
from linuxmm.mm.mlock.range import mlock_vma_pages_range
from linuxmm.mm.pgtable import TASK_SIZE
from linuxmm.mm.sites import behaviour
from linuxmm.mm.vma import find_vma, next_vma, set_vma_flags
from linuxmm.mm.vma_merge import merge_neighbours, split_out
from linuxmm.state.behaviours import B_MLOCK_SCHEME
from linuxmm.state.constants import (
    EAGAIN,
    EFAULT,
    EINVAL,
    ENOMEM,
    EPERM,
    NO_VMA,
    OPS_DEVDAX,
    OPS_FSDAX,
    VM_HUGETLB,
    VM_LOCKED,
    VM_LOCKONFAULT,
    VM_SPECIAL,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT, MLOCK_ONFAULT

VM_LOCKED_CLEAR_MASK: Final = ~(VM_LOCKED | VM_LOCKONFAULT)


# --- one VMA ---
@core
def mlock_fixup(m: State, k: Rules, vma: int, start: int, end: int, newflags: int) -> int:
    """Lock or unlock [start, end) of one VMA: 0, also for VMAs that are never locked."""
    oldflags = m.vma_flags[vma]
    if newflags == oldflags or oldflags & (VM_SPECIAL | VM_HUGETLB):
        return 0
    if m.vma_ops[vma] in (OPS_FSDAX, OPS_DEVDAX):
        return 0
    vma = split_out(m, k, vma, start, end)
    if vma == NO_VMA:
        return -ENOMEM
    nr = (end - start) >> 12
    if newflags & VM_LOCKED == 0:
        nr = -nr
    elif oldflags & VM_LOCKED:
        nr = 0
    mm = m.vma_mm[vma]
    m.mm_locked_vm[mm] = m.mm_locked_vm[mm] + nr
    if behaviour(m, k, B_MLOCK_SCHEME):
        _relock_by_walk(m, k, vma, oldflags, newflags)
    elif newflags & VM_LOCKED:
        set_vma_flags(m, vma, newflags)  # the pages follow when they are populated
    else:
        munlock_vma_pages_range(m, k, vma, start, end)
    merge_neighbours(m, k, vma)
    return 0


@core
def _relock_by_walk(m: State, k: Rules, vma: int, oldflags: int, newflags: int) -> int:
    """The batch scheme: locking twice (on fault, then not) must not count twice."""
    if newflags & VM_LOCKED and oldflags & VM_LOCKED:
        return set_vma_flags(m, vma, newflags)
    return mlock_vma_pages_range(m, k, vma, m.vma_start[vma], m.vma_end[vma], newflags)


@core
def apply_vma_lock_flags(m: State, k: Rules, mm: int, start: int, end: int, flags: int) -> int:
    """Lock or unlock every VMA of the range; the first hole ends it with -ENOMEM."""
    addr = start
    while addr < end:
        vma = find_vma(m, mm, addr)
        if vma == NO_VMA:
            return -ENOMEM
        stop = m.vma_end[vma] if m.vma_end[vma] < end else end
        newflags = m.vma_flags[vma] & VM_LOCKED_CLEAR_MASK | flags
        error = mlock_fixup(m, k, vma, addr, stop, newflags)
        if error != 0:
            return error
        addr = stop
    return 0


@core
def count_mm_mlocked_page_nr(m: State, mm: int, start: int, end: int) -> int:
    """How many pages of the range lie in VMAs that are locked already."""
    nr = 0
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and m.vma_start[vma] < end:
        if m.vma_flags[vma] & VM_LOCKED:
            low = start if start > m.vma_start[vma] else m.vma_start[vma]
            high = end if end < m.vma_end[vma] else m.vma_end[vma]
            nr += (high - low) >> 12
        vma = next_vma(m, mm, m.vma_end[vma])
    return nr


# --- system calls ---
@core
def do_mlock(m: State, k: Rules, task: int, start: int, npages: int, flags: int) -> int:
    """Lock a range and fault it in: 0 or -errno."""
    if can_do_mlock(m) == 0:
        return -EPERM
    mm = m.task_mm[task]
    end = (start + npages * 4096 + 4095) & ~4095
    start = start & ~4095
    if end < start:
        return -EINVAL
    locked = ((end - start) >> 12) + m.mm_locked_vm[mm]
    if within_mlock_limit(m, locked) == 0:
        locked -= count_mm_mlocked_page_nr(m, mm, start, end)
        if within_mlock_limit(m, locked) == 0:
            return -ENOMEM
    error = apply_vma_lock_flags(m, k, mm, start, end, flags)
    if error != 0:
        return error
    error = mm_populate(m, k, mm, start, end, 0)
    if error == -EFAULT:
        return -ENOMEM
    return -EAGAIN if error == -ENOMEM else error


@core
def sys_mlock(m: State, k: Rules, task: int, start: int, npages: int) -> int:
    """mlock(2): 0 or -errno."""
    return do_mlock(m, k, task, start, npages, VM_LOCKED)


@core
def sys_mlock2(m: State, k: Rules, task: int, start: int, npages: int, flags: int) -> int:
    """mlock2(2): with MLOCK_ONFAULT pages are locked as they are touched."""
    if flags & ~MLOCK_ONFAULT:
        return -EINVAL
    onfault = VM_LOCKONFAULT if flags & MLOCK_ONFAULT else 0
    return do_mlock(m, k, task, start, npages, VM_LOCKED | onfault)


@core
def sys_munlock(m: State, k: Rules, task: int, start: int, npages: int) -> int:
    """munlock(2): 0 or -errno."""
    end = (start + npages * 4096 + 4095) & ~4095
    if end < start & ~4095:
        return -EINVAL
    return apply_vma_lock_flags(m, k, m.task_mm[task], start & ~4095, end, 0)


@core
def apply_mlockall_flags(m: State, k: Rules, mm: int, flags: int) -> int:
    """Set what future mappings get, and lock or unlock every VMA; errors are ignored."""
    def_flags = m.mm_def_flags[mm] & VM_LOCKED_CLEAR_MASK
    onfault = VM_LOCKONFAULT if flags & MCL_ONFAULT else 0
    if flags & MCL_FUTURE:
        def_flags |= VM_LOCKED | onfault
    m.mm_def_flags[mm] = def_flags
    if flags & MCL_FUTURE and flags & MCL_CURRENT == 0:
        return 0
    to_add = VM_LOCKED | onfault if flags & MCL_CURRENT else 0
    vma = next_vma(m, mm, 0)
    while vma != NO_VMA:
        addr = m.vma_end[vma]
        newflags = m.vma_flags[vma] & VM_LOCKED_CLEAR_MASK | to_add
        mlock_fixup(m, k, vma, m.vma_start[vma], addr, newflags)
        vma = next_vma(m, mm, addr)
    return 0


@core
def sys_mlockall(m: State, k: Rules, task: int, flags: int) -> int:
    """mlockall(2): 0 or -errno; that a page cannot be faulted in is no error."""
    if flags == 0 or flags == MCL_ONFAULT:
        return -EINVAL
    if flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT):
        return -EINVAL
    if can_do_mlock(m) == 0:
        return -EPERM
    mm = m.task_mm[task]
    if flags & MCL_CURRENT and within_mlock_limit(m, m.mm_total_vm[mm]) == 0:
        return -ENOMEM
    apply_mlockall_flags(m, k, mm, flags)
    if flags & MCL_CURRENT:
        mm_populate(m, k, mm, 0, TASK_SIZE, 1)
    return 0


@core
def sys_munlockall(m: State, k: Rules, task: int) -> int:
    """munlockall(2): 0."""
    return apply_mlockall_flags(m, k, m.task_mm[task], 0)
