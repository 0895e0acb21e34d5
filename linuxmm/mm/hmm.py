# SPDX-License-Identifier: GPL-2.0-or-later
"""hmm_range_fault: what a device may use of a process's memory.  Source: mm/hmm.c.

A walk gives one word for each page (HMM_PFN_*), and first faults in what the caller asks for and
the entries do not give.  A fault is not for one page but for the rest of what the walk has before
it in the table, entries that are fine included (hmm_vma_fault); then the walk is made again.
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
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_of, pte_offset_map
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.state.behaviours import B_HMM_FAULTS_FOREIGN_PRIVATE
from linuxmm.state.constants import (
    EBUSY,
    EFAULT,
    EPERM,
    FAULT_FLAG_REMOTE,
    FAULT_FLAG_WRITE,
    NO_PAGE,
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
from linuxmm.state.sites import SITE_HMM_VMA_HANDLE_PTE

# what a word says beside the frame (include/linux/hmm.h)
HMM_PFN_VALID: Final = -1 << 63
HMM_PFN_WRITE: Final = 1 << 62
HMM_PFN_ERROR: Final = 1 << 61
HMM_PFN_PMD: Final = 9 << 56  # the order of a leaf, where hmm_pfn_to_map_order looks for it
HMM_PFN_MASK: Final = (1 << 56) - 1  # the frame
# what the caller asks for
HMM_PFN_REQ_FAULT: Final = HMM_PFN_VALID
HMM_PFN_REQ_WRITE: Final = HMM_PFN_WRITE
# what a fault has to bring
HMM_NEED_FAULT: Final = 1
HMM_NEED_WRITE_FAULT: Final = 2
MAX_TRIES: Final = 8  # looks at one page; then it waits for something that never comes

# struct hmm_vma_walk and its hmm_range: m.stack[hmm + ...]
HMM_START: Final = 0
HMM_LAST: Final = 1  # where the next walk begins
HMM_OWNER: Final = 2
HMM_REQUEST: Final = 3
NR_HMM: Final = 4


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
    if is_writable_device_private_pte(k, pte):
        return HMM_PFN_VALID | HMM_PFN_WRITE
    return HMM_PFN_VALID


@core
def hmm_pfn_to_page(m: State, word: int) -> int:
    """The page that a word names, NO_PAGE where it names none."""
    if word & HMM_PFN_VALID == 0:
        return NO_PAGE
    return pfn_to_page(m, word & HMM_PFN_MASK)


@core
def hmm_frame(k: Rules, pte: int) -> int:
    """The frame of an entry, present or device-private."""
    return pte_pfn(pte) if pte_present(pte) else pfn_swap_entry_pfn(k, pte)


@core
def hmm_pte_need_fault(flags: int, request: int) -> int:
    """Must this entry be faulted in, and for writing (HMM_NEED_*)?"""
    if request & HMM_PFN_REQ_FAULT == 0:
        return 0
    if request & HMM_PFN_REQ_WRITE and flags & HMM_PFN_WRITE == 0:
        return HMM_NEED_FAULT | HMM_NEED_WRITE_FAULT
    return 0 if flags & HMM_PFN_VALID else HMM_NEED_FAULT


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


# --- the walk ---
@core
def hmm_vma_fault(m: State, k: Rules, addr: int, end: int, need: int, walk: int) -> int:
    """Fault in all that is walked from here on: -EBUSY (walk again), -EPERM or -EFAULT."""
    vma = m.stack[walk + WALK_VMA]
    m.stack[m.stack[walk + WALK_PRIVATE] + HMM_LAST] = addr
    flags = FAULT_FLAG_REMOTE
    if need & HMM_NEED_WRITE_FAULT:
        if m.vma_flags[vma] & VM_WRITE == 0:
            return -EPERM
        flags |= FAULT_FLAG_WRITE
    for at in range(addr, end, 4096):
        if handle_mm_fault(m, k, vma, at, flags) & VM_FAULT_ERROR:
            return -EFAULT
    return -EBUSY


@core
def hmm_pfns_fill(m: State, addr: int, end: int, hmm: int, word: int) -> int:
    """The same word for all of [addr, end)."""
    start = m.stack[hmm + HMM_START]
    for i in range((addr - start) >> 12, (end - start) >> 12):
        m.out[i] = word
    return 0


@core
def hmm_vma_walk_hole(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """Nothing is mapped: faulted in if that is asked for, an error outside VMAs."""
    hmm = m.stack[walk + WALK_PRIVATE]
    need = hmm_pte_need_fault(0, m.stack[hmm + HMM_REQUEST])
    if m.stack[walk + WALK_VMA] == NO_VMA:
        return -EFAULT if need else hmm_pfns_fill(m, addr, end, hmm, HMM_PFN_ERROR)
    if need:
        return hmm_vma_fault(m, k, addr, end, need, walk)
    return hmm_pfns_fill(m, addr, end, hmm, 0)


@core
def hmm_vma_handle_pte(
    m: State, k: Rules, walk: int, addr: int, end: int, slot: int, hmm_pfn: int
) -> int:
    """One entry: its word in m.out[hmm_pfn] and 0, or -EBUSY (walk again), or an error."""
    hmm = m.stack[walk + WALK_PRIVATE]
    request = m.stack[hmm + HMM_REQUEST]
    pte = m.pte[slot]
    flags = pte_to_hmm_pfn_flags(m, k, pte, m.stack[hmm + HMM_OWNER])
    need = hmm_pte_need_fault(flags, request)
    m.out[hmm_pfn] = flags | hmm_frame(k, pte) if flags else 0
    if pte_present(pte) == 0:
        if flags or need == 0:  # the caller's own page is never faulted in, not even for writing
            return 0
        if is_migration_pte(k, pte):
            m.stack[hmm + HMM_LAST] = addr
            return -EBUSY
        return hmm_vma_fault(m, k, addr, end, need, walk) if hmm_faultable(m, k, pte) else -EFAULT
    if need:
        return hmm_vma_fault(m, k, addr, end, need, walk)
    vma = m.stack[walk + WALK_VMA]
    page = site_page(m, k, SITE_HMM_VMA_HANDLE_PTE, vma, addr, pte)
    if pte & PAGE_DEVMAP or is_zero_pfn(m, pte_pfn(pte)):
        return 0
    refused = refused_page(m, k, SITE_HMM_VMA_HANDLE_PTE, page, vma, 0, 0)
    if refused and request & HMM_PFN_REQ_FAULT:
        return refused
    if refused:
        m.out[hmm_pfn] = HMM_PFN_ERROR
    return 0


@core
def hmm_vma_handle_pmd(m: State, k: Rules, walk: int, addr: int, end: int, pmd: int) -> int:
    """A leaf: the words of its pages, without a lookup, or what faulting it in gives."""
    hmm = m.stack[walk + WALK_PRIVATE]
    word = pmd_val(m, pmd)
    flags = pte_to_hmm_pfn_flags(m, k, word, m.stack[hmm + HMM_OWNER])  # pmd_to_hmm_pfn_flags
    need = hmm_pte_need_fault(flags, m.stack[hmm + HMM_REQUEST])
    if need:
        return hmm_vma_fault(m, k, addr, end, need, walk)
    start = m.stack[hmm + HMM_START]
    order = HMM_PFN_PMD if flags else 0
    while addr < end:
        m.out[(addr - start) >> 12] = flags | order | pte_pfn(pte_of(m, pmd, addr))
        addr += 4096
    return 0


@core
def hmm_vma_walk_pmd(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """A leaf, or the entries of one table, until one has to be faulted in or is an error."""
    if pmd_trans_huge(m, pmd):
        return hmm_vma_handle_pmd(m, k, walk, addr, end, pmd)
    slot = pte_offset_map(m, pmd, addr)
    hmm_pfn = (addr - m.stack[m.stack[walk + WALK_PRIVATE] + HMM_START]) >> 12
    while addr < end:
        result = hmm_vma_handle_pte(m, k, walk, addr, end, slot, hmm_pfn)
        if result:
            return result
        slot += 1
        hmm_pfn += 1
        addr += 4096
    return 0


@core
def hmm_vma_walk_test(m: State, k: Rules, start: int, end: int, walk: int) -> int:
    """Can a device mirror this VMA (0): memory that may be read and has struct pages?"""
    hmm = m.stack[walk + WALK_PRIVATE]
    flags = m.vma_flags[m.stack[walk + WALK_VMA]]
    if flags & VM_READ and flags & (VM_IO | VM_PFNMAP) == 0:
        return 0
    if hmm_pte_need_fault(0, m.stack[hmm + HMM_REQUEST]):
        return -EFAULT
    hmm_pfns_fill(m, start, end, hmm, HMM_PFN_ERROR)
    return 1


@core
def hmm_vma_walk_hugetlb_entry(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """An entry of hugetlb is looked at as a leaf is, and as a hole where nothing is mapped."""
    if pmd_val(m, pmd) == 0:
        return hmm_vma_walk_hole(m, k, addr, end, walk)
    return hmm_vma_handle_pmd(m, k, walk, addr, end, pmd)


hmm_walk: Final = page_walk(
    "hmm_walk",
    hmm_vma_walk_pmd,
    hmm_vma_walk_hole,
    hmm_vma_walk_test,
    hmm_vma_walk_hugetlb_entry,
)


@core
def hmm_range_fault(
    m: State, k: Rules, mm: int, start: int, end: int, owner: int, request: int
) -> int:
    """A word for each page in m.out: 0; -errno; VM_FAULT_RETRY where it would sleep.

    `owner`: the memory range of the device that asks.  `request`: HMM_PFN_REQ_* for all pages.
    """
    hmm = push(m, NR_HMM)
    m.stack[hmm + HMM_START] = start
    m.stack[hmm + HMM_LAST] = start
    m.stack[hmm + HMM_OWNER] = owner
    m.stack[hmm + HMM_REQUEST] = request
    result = hmm_walk(m, k, mm, start, end, hmm)
    tries = 0
    at = start
    while result == -EBUSY:
        tries = tries + 1 if m.stack[hmm + HMM_LAST] == at else 1
        at = m.stack[hmm + HMM_LAST]
        result = VM_FAULT_RETRY if tries == MAX_TRIES else hmm_walk(m, k, mm, at, end, hmm)
    pop(m, hmm)
    return result
