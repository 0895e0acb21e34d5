"""hmm_range_fault: what a device may use of a process's memory.  Source: mm/hmm.c.

A walk gives one word for each page (HMM_PFN_*), and first faults in what the caller asks for and
the entries do not give.  A fault is not for one page but for the rest of what the walk has before
it, entries that are fine included (hmm_vma_fault).  A range here lies in one page table: where a
mapping crosses from one to the next, the kernel begins a new fault.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_DEVMAP,
    pte_none,
    pte_pfn,
    pte_present,
    pte_protnone,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.memory.fault import handle_mm_fault
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    is_pte_marker,
    is_real_swap_pte,
    is_writable_device_private_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.page import is_zero_pfn, pfn_to_page
from linuxmm.mm.rmap import vma_pte_slot
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EFAULT,
    EPERM,
    FAULT_FLAG_REMOTE,
    FAULT_FLAG_WRITE,
    NO_VMA,
    VM_FAULT_ERROR,
    VM_FAULT_RETRY,
    VM_IO,
    VM_PFNMAP,
    VM_READ,
    VM_WRITE,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import B_HMM_FAULTS_FOREIGN_PRIVATE, SITE_HMM_VMA_HANDLE_PTE

# what a word says
HMM_PFN_VALID: Final = 1
HMM_PFN_WRITE: Final = 2
HMM_PFN_ERROR: Final = 4
# what the caller asks for
HMM_REQ_FAULT: Final = 1
HMM_REQ_WRITE: Final = 2
# instead of a word: look again, for pages were faulted in
HMM_AGAIN: Final = 8
MAX_TRIES: Final = 8  # looks at one page; then it waits for something that never comes


@core
def hmm_range_fault(
    m: State, k: Rules, mm: int, start: int, end: int, owner: int, request: int
) -> int:
    """A word for each page in m.out: 0; -errno; VM_FAULT_RETRY where it would sleep.

    `owner`: the memory range of the device that asks.  `request`: HMM_REQ_* for all pages.
    """
    addr = start
    tries = 0
    while addr < end:
        word = hmm_walk_page(m, k, mm, addr, end, owner, request)
        if word < 0:
            return word
        if word == HMM_AGAIN:
            tries += 1
            if tries == MAX_TRIES:
                return VM_FAULT_RETRY
            continue
        m.out[(addr - start) >> 12] = word
        addr += 4096
        tries = 0
    return 0


@core
def hmm_walk_page(
    m: State, k: Rules, mm: int, addr: int, end: int, owner: int, request: int
) -> int:
    """The word of one address: a hole, a VMA that the walk refuses, or what the entry says."""
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA or hmm_vma_walk_test(m, vma) == 0:
        return -EFAULT if request & HMM_REQ_FAULT else HMM_PFN_ERROR
    return hmm_vma_handle_pte(m, k, vma, addr, min(end, m.vma_end[vma]), owner, request)


@core
def hmm_vma_walk_test(m: State, vma: int) -> int:
    """Can a device mirror this VMA: memory that may be read and has struct pages?"""
    flags = m.vma_flags[vma]
    return 1 if flags & VM_READ and flags & (VM_IO | VM_PFNMAP) == 0 else 0


@core
def pte_to_hmm_pfn_flags(m: State, k: Rules, pte: int, owner: int) -> int:
    """VALID and WRITE of an entry; the caller's own private pages are as good as present."""
    if pte_present(pte):
        if pte_protnone(pte):
            return 0
        return HMM_PFN_VALID | HMM_PFN_WRITE if pte_write(pte) else HMM_PFN_VALID
    if is_device_private_pte(k, pte) == 0:
        return 0
    if m.page_range[pfn_to_page(m, pfn_swap_entry_pfn(k, pte))] != owner:
        return 0
    return HMM_PFN_VALID | HMM_PFN_WRITE if is_writable_device_private_pte(k, pte) else 1


@core
def hmm_pte_need_fault(flags: int, request: int) -> int:
    """Must this entry be faulted in, and for writing (HMM_REQ_*)?"""
    if request & HMM_REQ_FAULT == 0:
        return 0
    if request & HMM_REQ_WRITE and flags & HMM_PFN_WRITE == 0:
        return HMM_REQ_FAULT | HMM_REQ_WRITE
    return 0 if flags & HMM_PFN_VALID else HMM_REQ_FAULT


@core
def hmm_vma_handle_pte(
    m: State, k: Rules, vma: int, addr: int, end: int, owner: int, request: int
) -> int:
    """What one entry gives: a word, HMM_AGAIN, VM_FAULT_RETRY or -errno."""
    pte = m.pte[vma_pte_slot(m, vma, addr)]
    flags = pte_to_hmm_pfn_flags(m, k, pte, owner)
    need = hmm_pte_need_fault(flags, request)
    if pte_present(pte) == 0:
        if flags or need == 0:  # the caller's own page is never faulted in, not even for writing
            return flags
        if is_migration_pte(k, pte):
            return HMM_AGAIN
        return hmm_vma_fault(m, k, vma, addr, end, need) if hmm_faultable(m, k, pte) else -EFAULT
    if need:
        return hmm_vma_fault(m, k, vma, addr, end, need)
    page = site_page(m, k, SITE_HMM_VMA_HANDLE_PTE, vma, addr, pte)
    if pte & PAGE_DEVMAP or is_zero_pfn(m, pte_pfn(pte)):
        return flags
    refused = refused_page(m, k, SITE_HMM_VMA_HANDLE_PTE, page, vma, 0, 0)
    if refused:
        return refused if request & HMM_REQ_FAULT else HMM_PFN_ERROR
    return flags


@core
def hmm_faultable(m: State, k: Rules, pte: int) -> int:
    """Non-present entries that a fault makes present; a poisoned page is not among them.

    A private page here is another device's.  Since 8a295dbbaf72 ("mm/hmm: fault non-owner device
    private entries") it is faulted in, which brings it home.
    """
    if is_device_private_pte(k, pte):
        return behaviour(m, k, B_HMM_FAULTS_FOREIGN_PRIVATE)
    if pte_none(pte) or is_pte_marker(k, pte) or is_real_swap_pte(k, pte):
        return 1
    return is_device_exclusive_pte(k, pte)


@core
def hmm_vma_fault(m: State, k: Rules, vma: int, addr: int, end: int, need: int) -> int:
    """Fault in everything from here to the end of the walk: HMM_AGAIN, -EPERM or -EFAULT."""
    flags = FAULT_FLAG_REMOTE
    if need & HMM_REQ_WRITE:
        if m.vma_flags[vma] & VM_WRITE == 0:
            return -EPERM
        flags |= FAULT_FLAG_WRITE
    for at in range(addr, end, 4096):
        if handle_mm_fault(m, k, vma, at, flags) & VM_FAULT_ERROR:
            return -EFAULT
    return HMM_AGAIN
