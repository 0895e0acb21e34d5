# SPDX-License-Identifier: GPL-2.0-or-later
"""Advice that only changes the flags of the VMA.  Source: mm/madvise.c, mm/khugepaged.c."""

from linuxmm.core import core
from linuxmm.mm.khugepaged.slots import khugepaged_enter_vma
from linuxmm.mm.ksm.madvise import ksm_madvise_mergeable, ksm_madvise_unmergeable
from linuxmm.mm.page import not_modelled
from linuxmm.mm.shmem import NOT_READ
from linuxmm.mm.sites import behaviour
from linuxmm.mm.vma import find_vma, may_isolate, set_vma_flags
from linuxmm.mm.vma_merge import merge_neighbours, split_out
from linuxmm.state.behaviours import B_DOFORK_REFUSES, B_KHUGEPAGED_ENTERS, B_SHMEM_HUGE
from linuxmm.state.constants import (
    EAGAIN,
    EINVAL,
    ENOMEM,
    NO_VMA,
    OPS_SHMEM,
    SET_SHMEM_ENABLED,
    SHMEM_HUGE_NEVER,
    VM_DONTCOPY,
    VM_DONTDUMP,
    VM_HUGEPAGE,
    VM_HUGETLB,
    VM_IO,
    VM_NOHUGEPAGE,
    VM_RAND_READ,
    VM_SEQ_READ,
    VM_SHARED,
    VM_SPECIAL,
    VM_WIPEONFORK,
    WHY_SHMEM_HUGE,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    MADV_DODUMP,
    MADV_DOFORK,
    MADV_DONTDUMP,
    MADV_DONTFORK,
    MADV_HUGEPAGE,
    MADV_KEEPONFORK,
    MADV_MERGEABLE,
    MADV_NOHUGEPAGE,
    MADV_NORMAL,
    MADV_RANDOM,
    MADV_SEQUENTIAL,
    MADV_UNMERGEABLE,
    MADV_WIPEONFORK,
)


@core
def madvise_flags(m: State, k: Rules, vma: int, start: int, end: int, advice: int) -> int:
    """Compute the new flags of the range, split the VMA and set them: 0 or -errno."""
    if advice == MADV_MERGEABLE:
        flags = ksm_madvise_mergeable(m, k, vma)
    elif advice == MADV_UNMERGEABLE:
        flags = ksm_madvise_unmergeable(m, k, vma, start, end)
    else:
        flags = flags_after(m, k, vma, advice)
        if advice == MADV_HUGEPAGE:
            if m.vma_ops[vma] == OPS_SHMEM and m.setting[SET_SHMEM_ENABLED] != SHMEM_HUGE_NEVER:
                if behaviour(m, k, B_SHMEM_HUGE) == NOT_READ:
                    return not_modelled(m, WHY_SHMEM_HUGE)
            if behaviour(m, k, B_KHUGEPAGED_ENTERS) == 0:
                khugepaged_enter_vma(m, vma, flags)
    if flags < 0:
        return -EAGAIN if flags == -ENOMEM else flags
    return madvise_update_vma(m, k, vma, start, end, flags)


@core
def madvise_update_vma(m: State, k: Rules, vma: int, start: int, end: int, flags: int) -> int:
    """Give [start, end) of the VMA these flags."""
    if flags == m.vma_flags[vma]:
        return 0
    error = may_isolate(m, k, vma, start, end)
    if error:
        return error
    vma = split_out(m, k, vma, start, end)
    if vma == NO_VMA:
        return -EAGAIN
    mm = m.vma_mm[vma]
    set_vma_flags(m, vma, flags)
    merge_neighbours(m, k, vma)
    if flags & VM_HUGEPAGE and behaviour(m, k, B_KHUGEPAGED_ENTERS):
        khugepaged_enter_vma(m, find_vma(m, mm, start), flags)
    return 0


@core
def flags_after(m: State, k: Rules, vma: int, advice: int) -> int:
    """The VM_* bits after an advice, or -EINVAL where the VMA does not allow it."""
    flags = m.vma_flags[vma]
    if advice == MADV_NORMAL:
        return flags & ~(VM_RAND_READ | VM_SEQ_READ)
    if advice == MADV_SEQUENTIAL:
        return flags & ~VM_RAND_READ | VM_SEQ_READ
    if advice == MADV_RANDOM:
        return flags & ~VM_SEQ_READ | VM_RAND_READ
    if advice == MADV_DONTFORK:
        return flags | VM_DONTCOPY
    if advice == MADV_DOFORK:
        kept = VM_SPECIAL if behaviour(m, k, B_DOFORK_REFUSES) else VM_IO
        return -EINVAL if flags & kept else flags & ~VM_DONTCOPY
    if advice == MADV_WIPEONFORK:
        return -EINVAL if m.vma_file[vma] or flags & VM_SHARED else flags | VM_WIPEONFORK
    if advice == MADV_KEEPONFORK:
        return flags & ~VM_WIPEONFORK
    if advice == MADV_DONTDUMP:
        return flags | VM_DONTDUMP
    if advice == MADV_DODUMP:
        special = flags & VM_SPECIAL and flags & VM_HUGETLB == 0
        return -EINVAL if special else flags & ~VM_DONTDUMP
    if advice == MADV_HUGEPAGE:
        return flags & ~VM_NOHUGEPAGE | VM_HUGEPAGE
    if advice == MADV_NOHUGEPAGE:
        return flags & ~VM_HUGEPAGE | VM_NOHUGEPAGE
    return -EINVAL
