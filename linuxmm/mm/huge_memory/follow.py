# SPDX-License-Identifier: GPL-2.0-or-later
"""The page behind a leaf.  Source: mm/huge_memory.c:follow_trans_huge_pmd."""

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_SOFT_DIRTY,
    pte_pfn,
    pte_protnone,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR
from linuxmm.mm.gup.allowed import can_follow_write_pte, refuses_prot_none
from linuxmm.mm.gup.grab import gup_must_unshare, try_grab_page
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.page import not_modelled, pfn_to_page
from linuxmm.mm.pgtable import pmd_val, set_pmd
from linuxmm.state.constants import EFAULT, EMLINK, ENOMEM, NO_PAGE, VM_LOCKED, WHY_THP
from linuxmm.state.flags import FOLL_DUMP, FOLL_MLOCK, FOLL_TOUCH, FOLL_WRITE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def follow_trans_huge_pmd(m: State, k: Rules, vma: int, addr: int, pmd: int, flags: int) -> int:
    """The part of the huge page at an address: its row, NO_PAGE, or -errno; no lookup is made."""
    word = pmd_val(m, pmd)
    page = pfn_to_page(m, pte_pfn(word))
    if flags & FOLL_WRITE and can_follow_write_pte(m, k, vma, word, page, flags) == 0:
        return NO_PAGE
    if flags & FOLL_DUMP and is_huge_zero_pmd(m, word):
        return -EFAULT
    if pte_protnone(word) and refuses_prot_none(m, k, flags):
        return NO_PAGE
    if pte_write(word) == 0 and gup_must_unshare(m, k, vma, page, flags):
        return -EMLINK
    if flags & FOLL_MLOCK and m.vma_flags[vma] & VM_LOCKED:
        return not_modelled(m, WHY_THP)
    if try_grab_page(m, k, page, flags) == 0:
        return -ENOMEM
    if flags & FOLL_TOUCH:
        word |= PAGE_ACCESSED
        if flags & FOLL_WRITE:
            word |= PAGE_DIRTY | PAGE_SOFT_DIRTY
        set_pmd(m, pmd, word)
    return page + (addr >> 12 & HPAGE_PMD_NR - 1)
