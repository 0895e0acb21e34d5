# SPDX-License-Identifier: GPL-2.0-or-later
"""Faulting ranges in for mlock and MAP_POPULATE.  Source: mm/gup.c."""

from linuxmm.core import core
from linuxmm.mm.gup.pages import get_user_pages_range
from linuxmm.mm.swap import lru_add_drain
from linuxmm.mm.vma import next_vma
from linuxmm.state.constants import (
    NO_VMA,
    VM_EXEC,
    VM_IO,
    VM_LOCKONFAULT,
    VM_PFNMAP,
    VM_READ,
    VM_SHARED,
    VM_WRITE,
)
from linuxmm.state.flags import (
    FOLL_FORCE,
    FOLL_MLOCK,
    FOLL_POPULATE,
    FOLL_TOUCH,
    FOLL_UNLOCKABLE,
    FOLL_WRITE,
)
from linuxmm.state.layout import (
    State,
)
from linuxmm.state.rules import Rules


@core
def populate_vma_page_range(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """Fault a range of one VMA in (and mlock it, where GUP does that): pages or -errno."""
    vm_flags = m.vma_flags[vma]
    nr = (end - start) >> 12
    flags = FOLL_TOUCH | FOLL_UNLOCKABLE
    if k.foll_known[0] & FOLL_MLOCK:
        flags |= FOLL_MLOCK | FOLL_POPULATE
        if vm_flags & VM_LOCKONFAULT:
            flags &= ~FOLL_POPULATE
    elif vm_flags & VM_LOCKONFAULT:
        return nr
    if vm_flags & (VM_WRITE | VM_SHARED) == VM_WRITE:
        flags |= FOLL_WRITE
    if vm_flags & (VM_READ | VM_WRITE | VM_EXEC):
        flags |= FOLL_FORCE
    result = get_user_pages_range(m, k, m.vma_mm[vma], start, nr, flags, 0)
    if k.foll_known[0] & FOLL_MLOCK == 0:
        lru_add_drain(m, k)
    return result


@core
def mm_populate(m: State, k: Rules, mm: int, start: int, end: int, ignore_errors: int) -> int:
    """__mm_populate: every VMA of a range that is not a device's: 0 or the first -errno."""
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and start < end and m.vma_start[vma] < end:
        low = start if start > m.vma_start[vma] else m.vma_start[vma]
        high = end if end < m.vma_end[vma] else m.vma_end[vma]
        start = high
        if m.vma_flags[vma] & (VM_IO | VM_PFNMAP) == 0:
            result = populate_vma_page_range(m, k, vma, low, high)
            if result < 0 and ignore_errors == 0:
                return result
            if result > 0:  # perhaps a part: the rest gives the error that ended it
                start = low + result * 4096
        vma = next_vma(m, mm, start)
    return 0
