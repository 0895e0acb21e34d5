# SPDX-License-Identifier: GPL-2.0-or-later
"""The way back: a KSM page becomes a page of its own again.  Source: mm/ksm.c."""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.folio_walk import take_page
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.ksm.slots import ksm_test_exit
from linuxmm.mm.memory.fault import handle_mm_fault
from linuxmm.mm.memory.nonpresent import is_migration_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import event, is_zero_pfn, not_modelled, pfn_to_page, put_page
from linuxmm.mm.pgtable import entry_place, pmd_trans_huge, walk_to_pmd
from linuxmm.mm.rmap import put_anon_vma
from linuxmm.mm.sites import behaviour, refused_page, site_page, walks_table
from linuxmm.mm.vma import find_vma
from linuxmm.state.behaviours import B_BREAK_KSM_FAULT
from linuxmm.state.constants import (
    EBUSY,
    ENOMEM,
    EVENT_ENDLESS,
    FAULT_FLAG_REMOTE,
    FAULT_FLAG_UNSHARE,
    FAULT_FLAG_WRITE,
    NO_PAGE,
    NO_VMA,
    SET_ZERO_PAGE,
    TRAP_NONE,
    VM_FAULT_OOM,
    VM_FAULT_RETRY,
    VM_FAULT_SIGBUS,
    VM_FAULT_SIGSEGV,
    VM_MERGEABLE,
    WHY_DEVICE,
)
from linuxmm.state.layout import TRAP_CODE, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_BREAK_KSM

MAX_TRIES: Final = 16


@core
def find_mergeable_vma(m: State, mm: int, addr: int) -> int:
    """The VMA of the address if KSM may touch it: marked mergeable, with anonymous pages."""
    if ksm_test_exit(m, mm):
        return NO_VMA
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA or m.vma_flags[vma] & VM_MERGEABLE == 0 or m.vma_anon_vma[vma] == 0:
        return NO_VMA
    return vma


@core
def errno_or_0(gives: int) -> int:
    """What a refused page gets where only an errno can be returned."""
    return gives if gives < 0 else 0


@core
def break_ksm(m: State, k: Rules, vma: int, addr: int) -> int:
    """Give the address a copy of its KSM page: 0 (also when there was none) or -ENOMEM.

    VM_WRITE is not needed.  A page that the lookup does not give ends the loop with success.  A
    write fault has done its work when the entry is dirty: a KSM page's entry never is.  After an
    unshare fault the page is looked up once more.  Later it is looked for in the table itself, over
    the whole range that is asked for (break_ksm_pmd_entry).  Not modelled: to wait for a migration
    that a device has begun (follow_page with FOLL_MIGRATION waits itself, since 6.12 the fault
    does).
    """
    unshare = behaviour(m, k, B_BREAK_KSM_FAULT)
    flags = FAULT_FLAG_UNSHARE if unshare else FAULT_FLAG_WRITE
    slot = entry_place(m, walk_to_pmd(m, vma, addr), addr)
    walks = walks_table(k, SITE_BREAK_KSM)
    for _ in range(MAX_TRIES):
        page = _found_in_table(m, k, vma, addr, slot) if walks else NO_PAGE
        if walks == 0:
            page = site_follow_page(m, k, SITE_BREAK_KSM, vma, addr)
        if page == -EBUSY:
            return not_modelled(m, WHY_DEVICE)
        refused = refused_page(m, k, SITE_BREAK_KSM, page, vma, 0, slot)
        if refused or m.scratch[TRAP_CODE] != TRAP_NONE:
            return errno_or_0(refused)
        held = 0 if walks else take_page(m, k, SITE_BREAK_KSM, page)
        fault = handle_mm_fault(m, k, vma, addr, flags | FAULT_FLAG_REMOTE)
        if held:
            put_page(m, k, page)
        if fault & VM_FAULT_OOM:
            return -ENOMEM
        if fault & VM_FAULT_RETRY:
            return not_modelled(m, WHY_DEVICE)
        if fault & (VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV):
            return 0
        if unshare == 0 and m.pte[slot] & PAGE_DIRTY:
            return 0
    event(m, EVENT_ENDLESS, SITE_BREAK_KSM, 0, addr)
    return 0


@core
def _found_in_table(m: State, k: Rules, vma: int, addr: int, slot: int) -> int:
    """break_ksm_pmd_entry: what one entry of a table maps, or the page of a migration; or NO_PAGE.

    The zero page, which the lookup refuses, is told by its entry (is_ksm_zero_pte): the record's
    test asks for it.  A leaf maps nothing of KSM's.
    """
    pte = m.pte[slot]
    if pmd_trans_huge(m, walk_to_pmd(m, vma, addr)):
        return NO_PAGE
    if is_migration_pte(k, pte):
        return pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
    if pte_present(pte) == 0:
        return NO_PAGE
    page = site_page(m, k, SITE_BREAK_KSM, vma, addr, pte)
    if page == NO_PAGE and is_zero_pfn(m, pte_pfn(pte)):
        return m.setting[SET_ZERO_PAGE]
    return page


@core
def break_cow(m: State, k: Rules, item: int) -> int:
    """Undo half a merge: drop the item's anon_vma and break the page it just became."""
    put_anon_vma(m, m.item_anon_vma[item])
    m.item_anon_vma[item] = 0
    vma = find_mergeable_vma(m, m.item_mm[item], m.item_addr[item])
    if vma != NO_VMA:
        break_ksm(m, k, vma, m.item_addr[item])
    return 0


@core
def unmerge_ksm_pages(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """break_ksm on every address of the range, until one fails."""
    addr = start
    while addr < end:
        if ksm_test_exit(m, m.vma_mm[vma]):
            return 0
        err = break_ksm(m, k, vma, addr)
        if err != 0:
            return err
        addr += 4096
    return 0
