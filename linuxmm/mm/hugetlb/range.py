# SPDX-License-Identifier: GPL-2.0-or-later
"""What system calls over a range do to huge pages of the pool: zap, fork, mprotect.

Source: mm/hugetlb.c (__unmap_hugepage_range, copy_hugetlb_page_range, hugetlb_change_protection).
"""

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_RW, pte_pfn
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, folio_copy
from linuxmm.mm.huge_memory.fault import pmd_modify
from linuxmm.mm.hugetlb.entry import (
    hugepage_add_new_anon_rmap,
    make_huge_pte,
    map_huge_page,
    page_remove_huge_rmap,
)
from linuxmm.mm.hugetlb.pool import alloc_huge_page
from linuxmm.mm.hugetlb.reserve import promise_again
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.memory.pin import needs_copy_for_pin
from linuxmm.mm.page import get_page, page_anon, pfn_to_page, put_page, set_page_flag
from linuxmm.mm.pgtable import PMD_SIZE, pmd_val, set_pmd, walk_to_pmd
from linuxmm.mm.rmap import page_dup_rmap_compound, share_anon_page
from linuxmm.state.constants import (
    ENOSPC,
    HPAGE_RESV_UNMAPPED,
    NO_PAGE,
    PG_DIRTY,
    PG_UPTODATE,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


# --- zap ---
@core
def unmap_hugepage_range(m: State, k: Rules, vma: int, start: int, end: int, ref_page: int) -> int:
    """Clear every entry of a range; with `ref_page` only its own, and say so in the VMA."""
    for addr in range(start, end, PMD_SIZE):
        pmd = walk_to_pmd(m, vma, addr)
        word = pmd_val(m, pmd)
        if word == 0:
            continue
        page = pfn_to_page(m, pte_pfn(word))
        if ref_page:
            if page != ref_page:
                continue
            m.vma_resv[vma] = m.vma_resv[vma] | HPAGE_RESV_UNMAPPED
        set_pmd(m, pmd, 0)
        if word & PAGE_DIRTY:
            set_page_flag(m, page, PG_DIRTY)
        m.mm_hugetlb[m.vma_mm[vma]] = m.mm_hugetlb[m.vma_mm[vma]] - HPAGE_PMD_NR
        page_remove_huge_rmap(m, page)
        promise_again(m, k, vma, addr, page)
        put_page(m, k, page)
    return 0


# --- fork ---
@core
def copy_hugetlb_page_range(m: State, k: Rules, dst_vma: int, src_vma: int) -> int:
    """Share every page with the child: 0, or -ENOSPC without one for the copy of a pinned page."""
    for addr in range(m.vma_start[src_vma], m.vma_end[src_vma], PMD_SIZE):
        src_pmd = walk_to_pmd(m, src_vma, addr)
        word = pmd_val(m, src_pmd)
        if word == 0:
            continue
        page = pfn_to_page(m, pte_pfn(word))
        if needs_copy_for_pin(m, k, src_vma, page):
            new = alloc_huge_page(m, dst_vma, addr, 1)
            if new == NO_PAGE:
                return -ENOSPC
            copy_user_huge_page(m, new, page)
            hugetlb_install_page(m, k, dst_vma, addr, new)
            continue
        get_page(m, page)
        if page_anon(m, page):
            share_anon_page(m, page)
        page_dup_rmap_compound(m, page)
        if is_cow_mapping(m.vma_flags[src_vma]):
            word = word & ~PAGE_RW
            set_pmd(m, src_pmd, word)
        map_huge_page(m, dst_vma, walk_to_pmd(m, dst_vma, addr), word)
    return 0


@core
def copy_user_huge_page(m: State, new: int, old: int) -> int:
    """The new page holds what the old one holds, and is up to date."""
    folio_copy(m, new, old)
    return set_page_flag(m, new, PG_UPTODATE)


@core
def hugetlb_install_page(m: State, k: Rules, vma: int, addr: int, page: int) -> int:
    """The child's own copy of a pinned page is mapped, writable."""
    hugepage_add_new_anon_rmap(m, k, page, vma, addr)
    return map_huge_page(m, vma, walk_to_pmd(m, vma, addr), make_huge_pte(m, vma, page, 1))


# --- mprotect ---
@core
def hugetlb_change_protection(m: State, vma: int, addr: int, end: int, newprot: int) -> int:
    """Give the entries of a range another protection: pages that changed.

    An entry of a private mapping becomes writable by the next write only.
    """
    pages = 0
    for at in range(addr, end, PMD_SIZE):
        pmd = walk_to_pmd(m, vma, at)
        word = pmd_val(m, pmd)
        if word:
            set_pmd(m, pmd, pmd_modify(word, newprot))
            pages += HPAGE_PMD_NR
    return pages
