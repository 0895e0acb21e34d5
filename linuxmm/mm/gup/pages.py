# SPDX-License-Identifier: GPL-2.0-or-later
"""get_user_pages and pin_user_pages: following, faulting in, long-term pins.  Source: mm/gup.c."""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_pfn, pte_write
from linuxmm.core import core
from linuxmm.mm.compound import compound_head
from linuxmm.mm.gate import in_gate_area
from linuxmm.mm.gup.follow import follow_page_mask, no_hugetlb_page
from linuxmm.mm.gup.gate import gup_gate
from linuxmm.mm.gup.grab import gup_must_unshare, gup_put_page, try_grab_page
from linuxmm.mm.hugetlb.fault import hugetlb_fault
from linuxmm.mm.memory.fault import handle_mm_fault
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.migrate_device import migrate_coherent_page_out
from linuxmm.mm.page import (
    event,
    get_page,
    not_modelled,
    page_pgmap_type,
    page_to_pfn,
    pfn_to_page,
)
from linuxmm.mm.pgtable import pmd_val, pte_of, walk_to_pmd
from linuxmm.mm.sites import (
    behaviour,
    predicate,
)
from linuxmm.mm.vma import find_vma, vma_is_anonymous
from linuxmm.state.behaviours import (
    B_FOLLOW_PAGE_HONOURS_PROT_NONE,
    B_GUP_SKIPS_EEXIST,
    B_HUGETLB_GUP,
    B_HUGETLB_REFUSES_FORCE,
    B_LONGTERM_MIGRATES_COHERENT,
    B_LONGTERM_WRITE_REFUSES_FILES,
)
from linuxmm.state.constants import (
    EBUSY,
    EEXIST,
    EFAULT,
    EHWPOISON,
    EINTR,
    EMLINK,
    ENOENT,
    ENOMEM,
    EOPNOTSUPP,
    EVENT_ENDLESS,
    FAULT_FLAG_ALLOW_RETRY,
    FAULT_FLAG_REMOTE,
    FAULT_FLAG_UNSHARE,
    FAULT_FLAG_WRITE,
    MMF_HAS_PINNED,
    NO_PAGE,
    NO_VMA,
    OPS_FILE,
    OPS_FSDAX,
    RANGE_COHERENT,
    VM_FAULT_ERROR,
    VM_FAULT_HWPOISON,
    VM_FAULT_OOM,
    VM_FAULT_RETRY,
    VM_FAULT_WRITE,
    VM_HUGETLB,
    VM_IO,
    VM_MAYREAD,
    VM_PFNMAP,
    VM_READ,
    VM_SHARED,
    VM_WRITE,
    WHY_RECLAIM,
    ZONE_MOVABLE,
)
from linuxmm.state.flags import (
    FOLL_ANON,
    FOLL_COW,
    FOLL_FORCE,
    FOLL_HWPOISON,
    FOLL_LONGTERM,
    FOLL_MLOCK,
    FOLL_NOFAULT,
    FOLL_NUMA,
    FOLL_PIN,
    FOLL_POPULATE,
    FOLL_REMOTE,
    FOLL_SPLIT_PMD,
    FOLL_UNLOCKABLE,
    FOLL_WRITE,
)
from linuxmm.state.layout import (
    MAX_OUT,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_FOLLOW_PAGE_PTE
from linuxmm.state.vocabulary import PREDICATE_LONGTERM_PINNABLE

MAX_FAULTS: Final = 8


@core
def check_vma_flags(m: State, k: Rules, vma: int, flags: int) -> int:
    """Does GUP work on this VMA with these flags: 0 or -errno."""
    vm_flags = m.vma_flags[vma]
    if vm_flags & (VM_IO | VM_PFNMAP):
        return -EFAULT
    if flags & FOLL_ANON and vma_is_anonymous(m, vma) == 0:
        return -EFAULT
    if flags & FOLL_LONGTERM and m.vma_ops[vma] == OPS_FSDAX:
        return -EOPNOTSUPP
    if flags & FOLL_SPLIT_PMD and vm_flags & VM_HUGETLB and behaviour(m, k, B_HUGETLB_GUP):
        return -EOPNOTSUPP
    if flags & FOLL_WRITE:
        if writable_file_mapping_allowed(m, k, vma, flags) == 0:
            return -EFAULT
        if vm_flags & VM_WRITE == 0:
            if flags & FOLL_FORCE == 0 or is_cow_mapping(vm_flags) == 0:
                return -EFAULT
            if vm_flags & VM_HUGETLB and behaviour(m, k, B_HUGETLB_REFUSES_FORCE):
                return -EFAULT
    elif vm_flags & VM_READ == 0:
        if flags & FOLL_FORCE == 0 or vm_flags & VM_MAYREAD == 0:
            return -EFAULT
    return 0


@core
def writable_file_mapping_allowed(m: State, k: Rules, vma: int, flags: int) -> int:
    """May a file's pages be pinned for writing for long?  Not where dirty pages are tracked.

    Source: mm/gup.c, mm/mmap.c:vma_needs_dirty_tracking: shared writable mappings of what has
    page_mkwrite or pfn_mkwrite.
    """
    if flags & (FOLL_PIN | FOLL_LONGTERM) != FOLL_PIN | FOLL_LONGTERM:
        return 1
    return 0 if dirty_tracked(m, vma) and behaviour(m, k, B_LONGTERM_WRITE_REFUSES_FILES) else 1


@core
def dirty_tracked(m: State, vma: int) -> int:
    """vma_needs_dirty_tracking: shared, writable, and a file system wants to know of writes."""
    if m.vma_flags[vma] & (VM_WRITE | VM_SHARED) != VM_WRITE | VM_SHARED:
        return 0
    return 1 if m.vma_ops[vma] in (OPS_FILE, OPS_FSDAX) else 0


@core
def faultin_page(m: State, k: Rules, vma: int, addr: int, flags: int, unshare: int) -> int:
    """Fault one page in for GUP: VM_FAULT_* bits when it worked, or -errno.

    -ENOENT: an mlock of what is present only, the page is skipped.
    """
    if flags & (FOLL_POPULATE | FOLL_MLOCK) == FOLL_MLOCK:
        return -ENOENT
    if flags & FOLL_NOFAULT:
        return -EFAULT
    fault_flags = FAULT_FLAG_WRITE if flags & FOLL_WRITE else 0
    if flags & FOLL_REMOTE:
        fault_flags |= FAULT_FLAG_REMOTE
    if flags & FOLL_UNLOCKABLE:
        fault_flags |= FAULT_FLAG_ALLOW_RETRY
    if unshare:
        fault_flags |= FAULT_FLAG_UNSHARE
    result = handle_mm_fault(m, k, vma, addr, fault_flags)
    if result & VM_FAULT_ERROR:
        if result & VM_FAULT_OOM:
            return -ENOMEM
        if result & VM_FAULT_HWPOISON:
            return -EHWPOISON if flags & FOLL_HWPOISON else -EFAULT
        return -EFAULT
    return -EBUSY if result & VM_FAULT_RETRY else result


@core
def gup_one(m: State, k: Rules, vma: int, addr: int, flags: int, want_pages: int) -> int:
    """One page of __get_user_pages: its row, 0 for "nothing to fill in, go on", or -errno."""
    if m.vma_flags[vma] & VM_HUGETLB and behaviour(m, k, B_HUGETLB_GUP) == 0:
        return follow_hugetlb_page(m, k, vma, addr, flags)
    for _ in range(MAX_FAULTS):
        page = follow_page_mask(m, k, vma, addr, flags)
        if page == -EEXIST:
            skips = want_pages == 0 or behaviour(m, k, B_GUP_SKIPS_EEXIST)
            return NO_PAGE if skips else page
        if page > 0 or (page < 0 and page != -EMLINK):
            return page
        result = faultin_page(m, k, vma, addr, flags, 1 if page == -EMLINK else 0)
        if result == -ENOENT:
            return NO_PAGE
        if result < 0:
            return result
        if result & VM_FAULT_WRITE and m.vma_flags[vma] & VM_WRITE == 0:
            flags |= FOLL_COW & k.foll_known[0]
    return goes_round(m, NO_PAGE, addr)


@core
def follow_hugetlb_page(m: State, k: Rules, vma: int, addr: int, flags: int) -> int:
    """One page of a mapping of hugetlb, faulted in if need be: its row, or -errno.

    Neither PROT_NONE nor FOLL_NOFAULT stops it.  Source: mm/hugetlb.c.
    """
    for _ in range(MAX_FAULTS):
        pmd = walk_to_pmd(m, vma, addr)
        word = pmd_val(m, pmd)
        if word == 0 and no_hugetlb_page(m, vma, addr, flags):
            return -EFAULT
        unshare = 0
        if word:
            page = pfn_to_page(m, pte_pfn(pte_of(m, pmd, addr)))
            if pte_write(word) == 0:  # the head says whether the whole is exclusive
                unshare = gup_must_unshare(m, k, vma, compound_head(m, page), flags)
            if pte_write(word) or (flags & FOLL_WRITE == 0 and unshare == 0):
                return page if try_grab_page(m, k, page, flags) else -ENOMEM
        fault_flags = FAULT_FLAG_WRITE if flags & FOLL_WRITE else 0
        if unshare:
            fault_flags = FAULT_FLAG_UNSHARE
        if hugetlb_fault(m, k, vma, addr, fault_flags) & VM_FAULT_ERROR:
            return -EFAULT
    return goes_round(m, NO_PAGE, addr)


@core
def goes_round(m: State, page: int, addr: int) -> int:
    """The loop would go on for ever: said as an event; the call ends by a fatal signal."""
    event(m, EVENT_ENDLESS, SITE_FOLLOW_PAGE_PTE, page_to_pfn(m, page) if page else 0, addr)
    return -EINTR


@core
def _no_vma(m: State, addr: int) -> int:
    """An address that no VMA has: 0 in the gate area, else -EFAULT."""
    return 0 if in_gate_area(m, addr) else -EFAULT


@core
def get_user_pages_range(
    m: State, k: Rules, mm: int, start: int, nr: int, flags: int, want_pages: int
) -> int:
    """__get_user_pages: pages in m.out[0:n] (0 where none is filled in), n or -errno."""
    if behaviour(m, k, B_FOLLOW_PAGE_HONOURS_PROT_NONE) == 0 and flags & FOLL_FORCE == 0:
        flags |= FOLL_NUMA
    vma = NO_VMA
    for i in range(nr):
        addr = start + i * 4096
        if vma == NO_VMA or addr >= m.vma_end[vma]:
            vma = find_vma(m, mm, addr)
            error = check_vma_flags(m, k, vma, flags) if vma else _no_vma(m, addr)
            if error != 0:
                return i if i else error
        if vma == NO_VMA:
            page = gup_gate(m, k, mm, addr, flags, want_pages)
        else:
            page = gup_one(m, k, vma, addr, flags, want_pages)
        if page == -EBUSY:
            return i
        if page < 0:
            return i if i else page
        if want_pages and i < MAX_OUT:
            m.out[i] = page
    return nr


@core
def get_user_pages(m: State, k: Rules, mm: int, start: int, nr: int, flags: int) -> int:
    """get/pin_user_pages, FOLL_LONGTERM included: n pages in m.out[0:n], or -errno."""
    if flags & FOLL_PIN:
        m.mm_flags[mm] = m.mm_flags[mm] | MMF_HAS_PINNED
    if flags & FOLL_LONGTERM == 0:
        return get_user_pages_range(m, k, mm, start, nr, flags, 1)
    for _ in range(MAX_FAULTS):
        n = get_user_pages_range(m, k, mm, start, nr, flags, 1)
        if n <= 0:
            return n
        moved = migrate_unpinnable(m, k, n, flags, start)
        if moved <= 0:
            return moved if moved < 0 else n
    return goes_round(m, NO_PAGE, start)


@core
def unpin_all(m: State, k: Rules, n: int, flags: int) -> int:
    """Drop every pin of m.out[0:n]."""
    for i in range(n):
        page = m.out[i]
        m.out[i] = NO_PAGE
        if page != NO_PAGE:
            gup_put_page(m, k, page, flags)
    return 0


@core
def migrate_unpinnable(m: State, k: Rules, n: int, flags: int, start: int) -> int:
    """check_and_migrate_movable_pages over m.out[0:n]: 0 nothing to do, 1 moved: try again.

    On failure every pin is dropped and -errno returned.  A page that is refused wherever it lies
    is moved (or cannot be isolated) and met again: the caller never ends.  Not modelled: moving
    pages out of CMA and ZONE_MOVABLE.
    """
    collected = 0
    stays = NO_PAGE
    for i in range(n):
        page = m.out[i]
        if page and predicate(m, k, PREDICATE_LONGTERM_PINNABLE, page) == 0:
            collected += 1
            if page_pgmap_type(m, page) != RANGE_COHERENT:
                stays = page
                if m.range_zone[m.page_range[page]] == ZONE_MOVABLE:
                    return not_modelled(m, WHY_RECLAIM)
    if stays != NO_PAGE:
        unpin_all(m, k, n, flags)
        return goes_round(m, stays, start)
    if collected == 0 or behaviour(m, k, B_LONGTERM_MIGRATES_COHERENT) == 0:
        return 0
    error = 0
    for i in range(n):
        page = m.out[i]
        m.out[i] = NO_PAGE
        if page == NO_PAGE:
            continue
        if error == 0 and page_pgmap_type(m, page) == RANGE_COHERENT:
            get_page(m, page)
            gup_put_page(m, k, page, flags)
            if migrate_coherent_page_out(m, k, page) != 0:
                error = -EBUSY
        else:
            gup_put_page(m, k, page, flags)
    return error if error else 1
