# SPDX-License-Identifier: GPL-2.0-or-later
"""MADV_MERGEABLE and MADV_UNMERGEABLE.  Source: mm/ksm.c:ksm_madvise.

Both return the VM_* flags that the range shall have (madvise splits the VMA and sets them), or
a negative errno; madvise turns -ENOMEM into -EAGAIN.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.ksm.breaking import unmerge_ksm_pages
from linuxmm.mm.ksm.slots import ksm_enter
from linuxmm.state.constants import (
    MMF_VM_MERGEABLE,
    OPS_DEVDAX,
    OPS_FSDAX,
    VM_DONTEXPAND,
    VM_HUGETLB,
    VM_IO,
    VM_MAYSHARE,
    VM_MERGEABLE,
    VM_MIXEDMAP,
    VM_PFNMAP,
    VM_SHARED,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

VM_NEVER_MERGEABLE: Final = (
    VM_SHARED | VM_MAYSHARE | VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_HUGETLB | VM_MIXEDMAP
)


@core
def ksm_madvise_mergeable(m: State, k: Rules, vma: int) -> int:
    """The flags after MADV_MERGEABLE: unchanged where the advice is silently ignored."""
    flags = m.vma_flags[vma]
    if flags & (VM_MERGEABLE | VM_NEVER_MERGEABLE) or m.vma_ops[vma] in (OPS_FSDAX, OPS_DEVDAX):
        return flags
    mm = m.vma_mm[vma]
    if m.mm_flags[mm] & MMF_VM_MERGEABLE == 0:
        ksm_enter(m, mm)
    return flags | VM_MERGEABLE


@core
def ksm_madvise_unmergeable(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """The flags after MADV_UNMERGEABLE of [start, end); its KSM pages are broken first."""
    flags = m.vma_flags[vma]
    if flags & VM_MERGEABLE == 0:
        return flags
    if m.vma_anon_vma[vma]:
        err = unmerge_ksm_pages(m, k, vma, start, end)
        if err != 0:
            return err
    return flags & ~VM_MERGEABLE
