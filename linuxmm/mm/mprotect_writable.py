# SPDX-License-Identifier: GPL-2.0-or-later
"""When an entry becomes writable without a fault.

Source: mm/mprotect.c:can_change_pte_writable, mm/vma.h:vma_wants_manual_pte_write_upgrade.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    PAGE_UFFD_WP,
    pte_protnone,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.memory.userfault import userfaultfd_pte_wp
from linuxmm.mm.pgtable import pmd_val, set_pmd
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.vma import vma_wants_writenotify
from linuxmm.state.behaviours import B_MPROTECT_MAKES_WRITABLE, B_NUMA_KEEPS_WRITABLE
from linuxmm.state.constants import VM_SHARED, VM_SOFTDIRTY, VM_WRITE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_CAN_CHANGE_PTE_WRITABLE

# `cp_flags`; before 6.1 dirty_accountable and a flag of its own
MM_CP_TRY_CHANGE_WRITABLE: Final = 1
MM_CP_PROT_NUMA: Final = 2
MM_CP_UFFD_WP: Final = 4
MM_CP_UFFD_WP_RESOLVE: Final = 8
CLEAN_TOO: Final = 2  # of B_MPROTECT_MAKES_WRITABLE


@core
def tries_writable(m: State, k: Rules, vma: int) -> int:
    """May entries become writable at once (dirty_accountable, or MM_CP_TRY_CHANGE_WRITABLE)?"""
    if m.vma_flags[vma] & VM_SHARED or behaviour(m, k, B_MPROTECT_MAKES_WRITABLE) == 0:
        return vma_wants_writenotify(m, vma, m.vma_page_prot[vma])
    return 1 if m.vma_flags[vma] & VM_WRITE else 0


@core
def change_to_writable(m: State, k: Rules, vma: int, addr: int, pte: int) -> int:
    """Does the entry get the write bit without a fault?  Two rules."""
    if pte_write(pte):
        return 0
    if behaviour(m, k, B_MPROTECT_MAKES_WRITABLE):
        return can_change_pte_writable(m, k, vma, addr, pte)
    if pte & PAGE_DIRTY == 0:
        return 0
    return 1 if pte & PAGE_SOFT_DIRTY or m.vma_flags[vma] & VM_SOFTDIRTY == 0 else 0


@core
def can_change_pte_writable(m: State, k: Rules, vma: int, addr: int, pte: int) -> int:
    """An entry that no tracking waits for; in private mappings of an exclusive page.

    It has to be dirty, or since 6.2 in shared mappings only.
    """
    if pte_protnone(pte) or userfaultfd_pte_wp(m, vma, pte):
        return 0
    clean_too = behaviour(m, k, B_MPROTECT_MAKES_WRITABLE) == CLEAN_TOO
    if pte & PAGE_DIRTY == 0 and (clean_too == 0 or m.vma_flags[vma] & VM_SHARED):
        return 0
    if m.vma_flags[vma] & VM_SOFTDIRTY == 0 and pte & PAGE_SOFT_DIRTY == 0:
        return 0
    if m.vma_flags[vma] & VM_SHARED:
        return 1
    page = site_page(m, k, SITE_CAN_CHANGE_PTE_WRITABLE, vma, addr, pte)
    return 0 if refused_page(m, k, SITE_CAN_CHANGE_PTE_WRITABLE, page, vma, 0, 0) else 1


@core
def works_out_writable(m: State, k: Rules, vma: int, addr: int, pte: int) -> int:
    """May the entry be writable again, by the area's protection, or as mprotect would make it?"""
    if pte_write(pte):
        return 1
    return 1 if tries_writable(m, k, vma) and can_change_pte_writable(m, k, vma, addr, pte) else 0


@core
def change_uffd_wp(word: int, cp_flags: int) -> int:
    """A present entry, or a leaf, that userfaultfd protects now, or protects no more."""
    if cp_flags & MM_CP_UFFD_WP:
        return word & ~PAGE_RW | PAGE_UFFD_WP
    return word & ~PAGE_UFFD_WP if cp_flags & MM_CP_UFFD_WP_RESOLVE else word


@core
def change_leaf_writable(m: State, k: Rules, vma: int, pmd: int, cp_flags: int) -> int:
    """The write bit of a leaf, in kernels that work it out for PTEs: the same for a whole page.

    Source: mm/huge_memory.c:change_huge_pmd, can_change_pmd_writable.  The others keep it under a
    hint, and never set it here.
    """
    word = pmd_val(m, pmd)
    if behaviour(m, k, B_NUMA_KEEPS_WRITABLE) == 0:
        return 0
    if cp_flags & MM_CP_PROT_NUMA and pte_protnone(word):
        return set_pmd(m, pmd, word & ~PAGE_RW)
    if cp_flags & MM_CP_TRY_CHANGE_WRITABLE == 0 or is_huge_zero_pmd(m, word):
        return 0
    if pte_write(word) == 0 and can_change_pte_writable(m, k, vma, m.vma_start[vma], word):
        return set_pmd(m, pmd, word | PAGE_RW)
    return 0
