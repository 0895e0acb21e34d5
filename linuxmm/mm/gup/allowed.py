# SPDX-License-Identifier: GPL-2.0-or-later
"""What a walk of GUP may pass, a PTE or a leaf.  Source: mm/gup.c:can_follow_write_pte,
mm/huge_memory.c:can_follow_write_pmd, include/linux/mm.h:gup_can_follow_protnone."""

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_SOFT_DIRTY, pte_write
from linuxmm.core import core
from linuxmm.mm.memory.userfault import userfaultfd_pte_wp
from linuxmm.mm.page import page_anon, page_flag
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_FOLLOW_PAGE_HONOURS_PROT_NONE, B_GUP_LOOKUP_BEFORE_WRITE_TEST
from linuxmm.state.constants import (
    NO_PAGE,
    PG_ANON_EXCLUSIVE,
    VM_MAYSHARE,
    VM_MAYWRITE,
    VM_SHARED,
    VM_SOFTDIRTY,
    VM_WRITE,
)
from linuxmm.state.flags import FOLL_COW, FOLL_FORCE, FOLL_NUMA
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def can_follow_write_pte(m: State, k: Rules, vma: int, pte: int, page: int, flags: int) -> int:
    """May a FOLL_WRITE walk pass this entry?  FOLL_FORCE after COW was broken may."""
    if pte_write(pte):
        return 1
    if flags & FOLL_FORCE == 0:
        return 0
    if behaviour(m, k, B_GUP_LOOKUP_BEFORE_WRITE_TEST) == 0:
        return 1 if flags & FOLL_COW and pte & PAGE_DIRTY else 0
    vm_flags = m.vma_flags[vma]
    if vm_flags & (VM_MAYSHARE | VM_SHARED) or vm_flags & VM_MAYWRITE == 0:
        return 0
    if vm_flags & VM_WRITE:
        return 0
    if page == NO_PAGE or page_anon(m, page) == 0:
        return 0
    if page_flag(m, page, PG_ANON_EXCLUSIVE) == 0:
        return 0
    if vm_flags & VM_SOFTDIRTY == 0 and pte & PAGE_SOFT_DIRTY == 0:
        return 0
    return 0 if userfaultfd_pte_wp(m, vma, pte) else 1


@core
def refuses_prot_none(m: State, k: Rules, flags: int) -> int:
    """Does a PROT_NONE entry stop this walk?  By FOLL_NUMA; always unless FOLL_FORCE; or never.

    Not modelled: FOLL_HONOR_NUMA_FAULT, which asks for it since 6.6 (KVM only).
    """
    honours = behaviour(m, k, B_FOLLOW_PAGE_HONOURS_PROT_NONE)
    if honours == 1:
        return 0 if flags & FOLL_FORCE else 1
    return 1 if honours == 0 and flags & FOLL_NUMA else 0
