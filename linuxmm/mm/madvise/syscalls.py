# SPDX-License-Identifier: GPL-2.0-or-later
"""madvise(2) and process_madvise(2): the tests before, and the walk over the VMAs.

Source: mm/madvise.c (do_madvise, madvise_walk_vmas, madvise_vma_behavior).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.gate import is_user_range
from linuxmm.mm.khugepaged.advice import madvise_collapse
from linuxmm.mm.madvise.advice import madvise_behavior_valid, process_madvise_behavior_valid
from linuxmm.mm.madvise.cold import madvise_cold, madvise_pageout
from linuxmm.mm.madvise.flags import madvise_flags
from linuxmm.mm.madvise.free import madvise_dontneed_free
from linuxmm.mm.madvise.populate import madvise_populate, madvise_willneed
from linuxmm.mm.page import not_modelled
from linuxmm.mm.rmap import linear_page_index
from linuxmm.mm.sites import behaviour
from linuxmm.mm.truncate import sys_fallocate
from linuxmm.mm.vma import next_vma
from linuxmm.state.behaviours import B_MADV_REMOVE_NEEDS, B_OWN_ADVICE, B_POPULATE_STOPS_AT_HOLE
from linuxmm.state.constants import (
    EACCES,
    EFAULT,
    EINVAL,
    ENODEV,
    ENOMEM,
    EPERM,
    NO_VMA,
    OPS_FILE,
    OPS_FSDAX,
    OPS_HUGETLB,
    OPS_SHMEM,
    SET_CAPABLE,
    VM_LOCKED,
    VM_MAYWRITE,
    VM_SHARED,
    VM_WRITE,
    WHY_MADVISE,
)
from linuxmm.state.layout import CURRENT_TASK, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    FALLOC_FL_KEEP_SIZE,
    FALLOC_FL_PUNCH_HOLE,
    MADV_COLD,
    MADV_COLLAPSE,
    MADV_DONTNEED,
    MADV_DONTNEED_LOCKED,
    MADV_FREE,
    MADV_HWPOISON,
    MADV_PAGEOUT,
    MADV_POPULATE_READ,
    MADV_POPULATE_WRITE,
    MADV_REMOVE,
    MADV_SOFT_OFFLINE,
    MADV_WILLNEED,
)

ANY_ADVICE: Final = 2  # of B_OWN_ADVICE


@core
def madvise_remove(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """MADV_REMOVE: a hole in the file, if it is one (fs/open.c:vfs_fallocate)."""
    if m.vma_flags[vma] & VM_LOCKED or m.vma_file[vma] == 0:
        return -EINVAL
    needs = VM_MAYWRITE if behaviour(m, k, B_MADV_REMOVE_NEEDS) else VM_WRITE
    if m.vma_flags[vma] & VM_SHARED == 0 or m.vma_flags[vma] & needs == 0:
        return -EACCES
    if m.vma_ops[vma] not in (OPS_FILE, OPS_SHMEM, OPS_FSDAX, OPS_HUGETLB):
        return -ENODEV
    first = linear_page_index(m, vma, start)
    mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
    return sys_fallocate(m, k, m.vma_file[vma], first, (end - start) >> 12, mode)


@core
def madvise_vma_behavior(m: State, k: Rules, vma: int, start: int, end: int, advice: int) -> int:
    """One advice on a range inside one VMA: 0 or -errno."""
    if advice == MADV_REMOVE:
        return madvise_remove(m, k, vma, start, end)
    if advice == MADV_WILLNEED:
        return madvise_willneed(m, k, vma, start, end)
    if advice == MADV_COLD:
        return madvise_cold(m, k, vma, start, end)
    if advice == MADV_PAGEOUT:
        return madvise_pageout(m, k, vma, start, end)
    if advice in (MADV_FREE, MADV_DONTNEED, MADV_DONTNEED_LOCKED):
        return madvise_dontneed_free(m, k, vma, start, end, advice)
    if advice in (MADV_POPULATE_READ, MADV_POPULATE_WRITE):
        return madvise_populate(m, k, vma, start, end, advice)
    if advice == MADV_COLLAPSE:
        return madvise_collapse(m, k, vma, start, end)
    return madvise_flags(m, k, vma, start, end, advice)


@core
def madvise_walk_vmas(m: State, k: Rules, mm: int, start: int, end: int, advice: int) -> int:
    """Advise every mapped part; an error ends the walk, a hole gives -ENOMEM at its end."""
    unmapped = 0
    while start < end:
        vma = next_vma(m, mm, start)
        if vma == NO_VMA:
            return -ENOMEM
        if start < m.vma_start[vma]:
            if stops_at_hole(m, k, advice):
                return -ENOMEM
            unmapped = -ENOMEM
            start = m.vma_start[vma]
            if start >= end:
                return unmapped
        stop = m.vma_end[vma] if m.vma_end[vma] < end else end
        error = madvise_vma_behavior(m, k, vma, start, stop, advice)
        if error != 0:
            return error
        start = stop
    return unmapped


@core
def stops_at_hole(m: State, k: Rules, advice: int) -> int:
    """Does this advice end at the first hole (faultin_page_range: no VMA walk, no VMA, no page)?"""
    if advice not in (MADV_POPULATE_READ, MADV_POPULATE_WRITE):
        return 0
    return behaviour(m, k, B_POPULATE_STOPS_AT_HOLE)


@core
def do_madvise(m: State, k: Rules, mm: int, start: int, npages: int, advice: int) -> int:
    """The tests in the kernel's order, then the walk."""
    if madvise_behavior_valid(m, k, advice) == 0 or start & 4095 or npages < 0:
        return -EINVAL
    if npages == 0:
        return 0
    if advice in (MADV_HWPOISON, MADV_SOFT_OFFLINE):
        return not_modelled(m, WHY_MADVISE) if m.setting[SET_CAPABLE] else -EPERM
    return madvise_walk_vmas(m, k, mm, start, start + npages * 4096, advice)


@core
def sys_madvise(m: State, k: Rules, task: int, start: int, npages: int, advice: int) -> int:
    """madvise(2): 0 or -errno."""
    return do_madvise(m, k, m.task_mm[task], start, npages, advice)


@core
def sys_process_madvise(
    m: State, k: Rules, mm: int, start: int, npages: int, advice: int, flags: int
) -> int:
    """process_madvise(2) with one range of a process, perhaps one's own: bytes, or -errno."""
    if is_user_range(start, npages) == 0:
        return -EFAULT  # lib/iov_iter.c:import_iovec
    own = behaviour(m, k, B_OWN_ADVICE) if m.task_mm[m.scratch[CURRENT_TASK]] == mm else 0
    if flags != 0 or (own != ANY_ADVICE and process_madvise_behavior_valid(m, k, advice) == 0):
        return -EINVAL
    if own == 0 and m.setting[SET_CAPABLE] == 0:
        return -EPERM
    error = do_madvise(m, k, mm, start, npages, advice)
    return error if error else npages * 4096
