# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults in mappings of huge pages of the pool.

Source: mm/hugetlb.c (hugetlb_fault, hugetlb_no_page, hugetlb_wp which was hugetlb_cow,
unmap_ref_private).  Not modelled: userfaultfd.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_RW, pte_mkdirty, pte_pfn
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, page_mapcount
from linuxmm.mm.hugetlb.entry import (
    cache_references,
    hugepage_add_new_anon_rmap,
    make_huge_pte,
    map_huge_page,
    page_remove_huge_rmap,
    set_huge_ptep_writable,
)
from linuxmm.mm.hugetlb.pool import alloc_huge_page
from linuxmm.mm.hugetlb.range import copy_user_huge_page, unmap_hugepage_range
from linuxmm.mm.hugetlb.reserve import cache_place, hugetlbfs_page
from linuxmm.mm.memory.wp import page_move_anon_rmap
from linuxmm.mm.page import (
    event,
    get_page,
    page_anon,
    page_flag,
    page_to_pfn,
    pfn_to_page,
    put_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import PMD_MASK, PMD_SIZE, pmd_val, set_pmd, walk_to_pmd
from linuxmm.mm.rmap import anon_vma_prepare, page_dup_rmap_compound
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_ANON_EXCLUSIVE
from linuxmm.state.constants import (
    EVENT_ENDLESS,
    FAULT_FLAG_UNSHARE,
    FAULT_FLAG_WRITE,
    HPAGE_RESV_OWNER,
    HPAGE_RESV_UNMAPPED,
    MAPPING_SHIFT,
    NO_PAGE,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_UPTODATE,
    VM_FAULT_SIGBUS,
    VM_MAYSHARE,
    VM_SHARED,
    VM_WRITE,
)
from linuxmm.state.layout import SIZE_V, State
from linuxmm.state.rules import Rules

COPIES: Final = FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE


@core
def hugetlb_fault(m: State, k: Rules, vma: int, addr: int, flags: int) -> int:
    """One fault: VM_FAULT_* bits, 0 for success."""
    haddr = addr & PMD_MASK
    pmd = walk_to_pmd(m, vma, haddr)
    entry = pmd_val(m, pmd)
    if entry == 0:
        return hugetlb_no_page(m, k, vma, haddr, pmd, flags)
    if flags & COPIES and entry & PAGE_RW == 0:
        return hugetlb_wp(m, k, vma, haddr, pmd, flags)
    if flags & FAULT_FLAG_WRITE:
        entry = pte_mkdirty(entry)
    return set_pmd(m, pmd, entry | PAGE_ACCESSED)


@core
def hugetlb_no_page(m: State, k: Rules, vma: int, haddr: int, pmd: int, flags: int) -> int:
    """Nothing is mapped: the file's page, or a new one; SIGBUS where the pool has none to give, or
    behind the end of the file.

    A child whose page was taken for the process that called mmap gets SIGBUS at any touch of the
    mapping that would need a page.
    """
    if m.vma_resv[vma] & HPAGE_RESV_UNMAPPED:
        return VM_FAULT_SIGBUS
    file, shared = m.vma_file[vma], m.vma_flags[vma] & VM_MAYSHARE
    page, of_file = hugetlbfs_page(m, vma, haddr), 1
    if page != NO_PAGE:
        get_page(m, page)
    elif cache_place(m, vma, haddr) - m.file_first[file] >= m.file_size[file] // HPAGE_PMD_NR:
        return VM_FAULT_SIGBUS
    else:
        page = alloc_huge_page(m, vma, haddr, 0)
        if page == NO_PAGE:
            return VM_FAULT_SIGBUS
        set_page_flag(m, page, PG_UPTODATE)
        if shared:
            hugetlb_add_to_page_cache(m, k, file, cache_place(m, vma, haddr), page)
        of_file = shared
    if of_file:
        page_dup_rmap_compound(m, page)
    else:
        anon_vma_prepare(m, vma)
        hugepage_add_new_anon_rmap(m, k, page, vma, haddr)
    writable = m.vma_flags[vma] & (VM_WRITE | VM_SHARED) == VM_WRITE | VM_SHARED
    map_huge_page(m, vma, pmd, make_huge_pte(m, vma, page, 1 if writable else 0))
    if flags & FAULT_FLAG_WRITE and m.vma_flags[vma] & VM_SHARED == 0:
        return hugetlb_wp(m, k, vma, haddr, pmd, flags)
    return 0


@core
def hugetlb_add_to_page_cache(m: State, k: Rules, file: int, place: int, page: int) -> int:
    """The page is the file's, which holds it, and dirty for good."""
    m.cache_page[place] = page
    m.page_mapping[page] = file << MAPPING_SHIFT
    m.page_index[page] = (place - m.file_first[file]) * HPAGE_PMD_NR
    m.page_refcount[page] = m.page_refcount[page] + cache_references(k)
    return set_page_flag(m, page, PG_DIRTY)


# --- a write to, or the unsharing of, what is read-only ---
@core
def hugetlb_wp(m: State, k: Rules, vma: int, haddr: int, pmd: int, flags: int) -> int:
    """The only process that maps an anonymous page keeps it, any other gets a copy."""
    unshare = flags & FAULT_FLAG_UNSHARE
    if m.vma_flags[vma] & VM_MAYSHARE:
        return 0 if unshare else set_huge_ptep_writable(m, pmd)
    old = pfn_to_page(m, pte_pfn(pmd_val(m, pmd)))
    if may_reuse_hugetlb_page(m, k, vma, old) == 0:
        of_file = 1 if hugetlbfs_page(m, vma, haddr) == old else 0
        outside_reserve = 0 if of_file else m.vma_resv[vma] & HPAGE_RESV_OWNER
        new = alloc_huge_page(m, vma, haddr, outside_reserve)
        if new != NO_PAGE:
            return hugetlb_copy(m, k, vma, haddr, pmd, new, unshare)
        if outside_reserve == 0:
            return VM_FAULT_SIGBUS
        unmap_ref_private(m, k, vma, old, haddr)
        if may_reuse_hugetlb_page(m, k, vma, old) == 0:  # retry_avoidcopy: tried again, as before
            return event(m, EVENT_ENDLESS, 0, page_to_pfn(m, old), haddr)
    return 0 if unshare else set_huge_ptep_writable(m, pmd)


@core
def may_reuse_hugetlb_page(m: State, k: Rules, vma: int, page: int) -> int:
    """Does nobody else map the anonymous page?  Then it is this process's from here on."""
    if page_mapcount(m, page) != 1 or page_anon(m, page) == 0:
        return 0
    if behaviour(m, k, B_ANON_EXCLUSIVE) == 0:
        page_move_anon_rmap(m, page, vma)
        m.page_flags[page] = m.page_flags[page] & ~PG_ANON_EXCLUSIVE
    elif page_flag(m, page, PG_ANON_EXCLUSIVE) == 0:
        page_move_anon_rmap(m, page, vma)
    return 1


@core
def hugetlb_copy(m: State, k: Rules, vma: int, haddr: int, pmd: int, new: int, unshare: int) -> int:
    """The copy is mapped in place of the page that others have too."""
    old = pfn_to_page(m, pte_pfn(pmd_val(m, pmd)))
    anon_vma_prepare(m, vma)
    copy_user_huge_page(m, new, old)
    page_remove_huge_rmap(m, old)
    hugepage_add_new_anon_rmap(m, k, new, vma, haddr)
    set_pmd(m, pmd, make_huge_pte(m, vma, new, 0 if unshare else 1))
    put_page(m, k, old)
    return 0


@core
def unmap_ref_private(m: State, k: Rules, vma: int, page: int, haddr: int) -> int:
    """The page is taken from everybody who has it without a promise, so that the owner need not
    copy it: these get SIGBUS from here on."""
    for other in range(1, m.used[SIZE_V]):
        if other == vma or m.vma_mm[other] == 0 or m.vma_file[other] != m.vma_file[vma]:
            continue
        if m.vma_flags[other] & VM_MAYSHARE or m.vma_resv[other] & HPAGE_RESV_OWNER:
            continue
        if m.vma_start[other] <= haddr < m.vma_end[other]:
            unmap_hugepage_range(m, k, other, haddr, haddr + PMD_SIZE, page)
    return 0
