# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries of huge pages of the pool, and their mapcounts.

Source: mm/hugetlb.c (make_huge_pte, set_huge_ptep_writable, hugetlb_count_add), mm/rmap.c
(hugepage_add_new_anon_rmap, hugepage_add_anon_rmap, page_remove_rmap).  No counter of mapped
pages knows them.
"""

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_PSE, PAGE_RW, pfn_pte, pte_mkdirty
from linuxmm.core import core
from linuxmm.mm.compound import COMPOUND_MAPCOUNT, HPAGE_PMD_NR, add_to_whole
from linuxmm.mm.page import event, page_to_pfn, set_page_flag
from linuxmm.mm.pgtable import pmd_val, set_pmd
from linuxmm.mm.rmap import page_set_anon_rmap
from linuxmm.state.behaviours import B_ANON_EXCLUSIVE, B_HUGETLB_CACHE_REFS
from linuxmm.state.constants import EVENT_BUG, PG_ANON_EXCLUSIVE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def make_huge_pte(m: State, vma: int, page: int, writable: int) -> int:
    """The word that maps a page: young; dirty and writable, or neither."""
    entry = pfn_pte(page_to_pfn(m, page), m.vma_page_prot[vma]) | PAGE_PSE | PAGE_ACCESSED
    return pte_mkdirty(entry) | PAGE_RW if writable else entry & ~PAGE_RW


@core
def set_huge_ptep_writable(m: State, pmd: int) -> int:
    """The entry may be written from here on, and is dirty."""
    return set_pmd(m, pmd, pte_mkdirty(pmd_val(m, pmd)) | PAGE_RW)


@core
def map_huge_page(m: State, vma: int, pmd: int, entry: int) -> int:
    """The entry is set where there was none, and counted (hugetlb_count_add)."""
    mm = m.vma_mm[vma]
    m.mm_hugetlb[mm] = m.mm_hugetlb[mm] + HPAGE_PMD_NR
    return set_pmd(m, pmd, entry)


@core
def hugepage_add_new_anon_rmap(m: State, k: Rules, page: int, vma: int, addr: int) -> int:
    """A page of nobody's is mapped for the first time: it is this process's alone."""
    add_to_whole(m, page, COMPOUND_MAPCOUNT, 1)
    if k.behaviour[B_ANON_EXCLUSIVE]:
        set_page_flag(m, page, PG_ANON_EXCLUSIVE)
    return page_set_anon_rmap(m, page, vma, addr, 1)


@core
def hugepage_add_anon_rmap(
    m: State, k: Rules, page: int, vma: int, addr: int, exclusive: int
) -> int:
    """A page that was anonymous before is mapped (again)."""
    if add_to_whole(m, page, COMPOUND_MAPCOUNT, 1) > 1:
        return 0
    if exclusive and k.behaviour[B_ANON_EXCLUSIVE]:
        set_page_flag(m, page, PG_ANON_EXCLUSIVE)
    return page_set_anon_rmap(m, page, vma, addr, exclusive)


@core
def cache_references(k: Rules) -> int:
    """How many references a file has of each of its pages.  Source: mm/filemap.c."""
    return HPAGE_PMD_NR if k.behaviour[B_HUGETLB_CACHE_REFS] else 1


@core
def page_remove_huge_rmap(m: State, page: int) -> int:
    """One mapping less, and nothing else."""
    if add_to_whole(m, page, COMPOUND_MAPCOUNT, -1) < 0:
        event(m, EVENT_BUG, 0, page_to_pfn(m, page), 0)
    return 0
