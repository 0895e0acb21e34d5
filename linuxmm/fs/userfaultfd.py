# SPDX-License-Identifier: GPL-2.0-or-later
"""userfaultfd(2) and its ioctls.  Source: fs/userfaultfd.c.

A process has one userfaultfd at most: its first `userfaultfd` step makes it, without features, so
that fork, mremap and MADV_DONTNEED tell nobody.  An access that waits is given up at once
(`mm/memory/userfault.py`): there is nobody to wake, and waking shows nowhere.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.gate import is_user_range
from linuxmm.mm.memory.userfault import USER_MODE_ONLY
from linuxmm.mm.page import not_modelled
from linuxmm.mm.sites import behaviour
from linuxmm.mm.userfaultfd import (
    MCOPY_ATOMIC_CONTINUE,
    MCOPY_ATOMIC_NORMAL,
    MCOPY_ATOMIC_ZEROPAGE,
    mfill_atomic,
    mwriteprotect_range,
    uffd_wp_range,
)
from linuxmm.mm.vma import isolate_vma_range, next_vma, set_vma_flags, vma_is_anonymous
from linuxmm.mm.vma_merge import merge_neighbours
from linuxmm.state.behaviours import B_UFFD_CONTINUE_WP, B_UFFD_WRITEPROTECT
from linuxmm.state.constants import (
    EBADF,
    EINVAL,
    ENOMEM,
    EPERM,
    NO_VMA,
    OPS_HUGETLB,
    OPS_SHMEM,
    SET_CAPABLE,
    VM_UFFD_FLAGS,
    VM_UFFD_MINOR,
    VM_UFFD_MISSING,
    VM_UFFD_WP,
    WHY_UFFD,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    PAGE_SIZE,
    UFFD_USER_MODE_ONLY,
    UFFDIO_CONTINUE_MODE_WP,
    UFFDIO_COPY_MODE_WP,
    UFFDIO_REGISTER_MODE,
    UFFDIO_WRITEPROTECT_MODE_WP,
)

MODE_MISSING: Final = UFFDIO_REGISTER_MODE["UFFDIO_REGISTER_MODE_MISSING"]
MODE_WP: Final = UFFDIO_REGISTER_MODE["UFFDIO_REGISTER_MODE_WP"]
MODE_MINOR: Final = UFFDIO_REGISTER_MODE["UFFDIO_REGISTER_MODE_MINOR"]
UFFDIO_UNREGISTER: Final = 1  # _UFFDIO_*: numbers of the ioctls
UFFDIO_WAKE: Final = 2
UFFDIO_COPY: Final = 3
UFFDIO_ZEROPAGE: Final = 4
UFFDIO_WRITEPROTECT: Final = 6
UFFDIO_CONTINUE: Final = 7


# --- registering ---
@core
def sys_userfaultfd(m: State, k: Rules, task: int, start: int, npages: int, mode: int) -> int:
    """userfaultfd(2), if the process has none yet, and UFFDIO_REGISTER: 0 or -errno.

    Who has no CAP_SYS_PTRACE gets none that the kernel's own faults are told to (the sysctl
    vm.unprivileged_userfaultfd is 0); it may ask for one that they are not told to.
    """
    mm = m.task_mm[task]
    if behaviour(m, k, B_UFFD_WRITEPROTECT) == 0:
        return not_modelled(m, WHY_UFFD)
    if m.mm_uffd[mm] == 0:
        user_mode_only = mode & UFFD_USER_MODE_ONLY
        if m.setting[SET_CAPABLE] == 0 and user_mode_only == 0:
            return -EPERM
        m.mm_uffd[mm] = USER_MODE_ONLY if user_mode_only else 1
    if npages <= 0 or is_user_range(start, npages) == 0:
        return -EINVAL
    return userfaultfd_register(m, k, mm, start, start + npages * PAGE_SIZE, mode)


@core
def userfaultfd_register(m: State, k: Rules, mm: int, start: int, end: int, mode: int) -> int:
    """Every area of the range, cut where it must be, gets these modes and loses others."""
    wanted = 0
    if mode & MODE_MISSING:
        wanted |= VM_UFFD_MISSING
    if mode & MODE_WP:
        wanted |= VM_UFFD_WP
    if mode & MODE_MINOR:
        wanted |= VM_UFFD_MINOR
    if wanted == 0 or range_can_userfault(m, mm, start, end, mode) == 0:
        return -EINVAL
    vma = next_vma(m, mm, start)
    while start < end and vma != NO_VMA and m.vma_start[vma] < end:
        stop = min(end, m.vma_end[vma])
        if m.vma_flags[vma] & wanted != wanted:
            flags = m.vma_flags[vma] & ~VM_UFFD_FLAGS | wanted
            if _set_flags_of_part(m, k, vma, max(start, m.vma_start[vma]), stop, flags) < 0:
                return -ENOMEM
        start = stop
        vma = next_vma(m, mm, start)
    return 0


@core
def range_can_userfault(m: State, mm: int, start: int, end: int, mode: int) -> int:
    """Is there an area, and may each be registered so (vma_can_userfault)?

    All areas may be written to, by mprotect at least (VM_MAYWRITE): nothing is -EPERM.
    """
    vma = next_vma(m, mm, start)
    if vma == NO_VMA or m.vma_start[vma] >= end:
        return 0
    while vma != NO_VMA and m.vma_start[vma] < end:
        if m.vma_ops[vma] == OPS_HUGETLB:
            return not_modelled(m, WHY_UFFD)
        if vma_is_anonymous(m, vma) == 0 and m.vma_ops[vma] != OPS_SHMEM:
            return 0
        if mode & MODE_MINOR and m.vma_ops[vma] != OPS_SHMEM:
            return 0
        vma = next_vma(m, mm, m.vma_end[vma])
    return 1


@core
def _set_flags_of_part(m: State, k: Rules, vma: int, start: int, end: int, flags: int) -> int:
    vma = isolate_vma_range(m, k, vma, start, end)
    if vma == NO_VMA:
        return -ENOMEM
    set_vma_flags(m, vma, flags)
    merge_neighbours(m, k, vma)
    return 0


@core
def userfaultfd_unregister(m: State, k: Rules, mm: int, start: int, end: int) -> int:
    """The range is watched no more, and nothing in it is protected: 0 or -EINVAL."""
    if range_can_userfault(m, mm, start, end, 0) == 0:
        return -EINVAL
    vma = next_vma(m, mm, start)
    while start < end and vma != NO_VMA and m.vma_start[vma] < end:
        stop = min(end, m.vma_end[vma])
        if m.vma_flags[vma] & VM_UFFD_FLAGS:
            first = max(start, m.vma_start[vma])
            if m.vma_flags[vma] & VM_UFFD_WP:
                uffd_wp_range(m, k, vma, first, stop, 0)
            flags = m.vma_flags[vma] & ~VM_UFFD_FLAGS
            if _set_flags_of_part(m, k, vma, first, stop, flags) < 0:
                return -ENOMEM
        start = stop
        vma = next_vma(m, mm, start)
    return 0


# --- the other ioctls ---
@core
def sys_uffdio(
    m: State, k: Rules, task: int, request: int, start: int, npages: int, mode: int, tag: int
) -> int:
    """An ioctl on the process's userfaultfd: 0 or -errno; -EBADF: it has none."""
    mm = m.task_mm[task]
    if behaviour(m, k, B_UFFD_WRITEPROTECT) == 0:
        return not_modelled(m, WHY_UFFD)
    if m.mm_uffd[mm] == 0:
        return -EBADF
    if npages <= 0 or is_user_range(start, npages) == 0:
        return -EINVAL
    if request == UFFDIO_UNREGISTER:
        return userfaultfd_unregister(m, k, mm, start, start + npages * PAGE_SIZE)
    if request == UFFDIO_WRITEPROTECT:
        enable = mode & UFFDIO_WRITEPROTECT_MODE_WP
        return mwriteprotect_range(m, k, mm, start, npages, enable)
    if request == UFFDIO_COPY:
        wp = mode & UFFDIO_COPY_MODE_WP
        return mfill_atomic(m, k, mm, start, npages, MCOPY_ATOMIC_NORMAL, wp, tag)
    if request == UFFDIO_ZEROPAGE:
        return mfill_atomic(m, k, mm, start, npages, MCOPY_ATOMIC_ZEROPAGE, 0, 0)
    if request == UFFDIO_CONTINUE:
        wp = mode & UFFDIO_CONTINUE_MODE_WP
        if wp and behaviour(m, k, B_UFFD_CONTINUE_WP) == 0:
            return -EINVAL
        return mfill_atomic(m, k, mm, start, npages, MCOPY_ATOMIC_CONTINUE, wp, 0)
    return 0  # UFFDIO_WAKE
