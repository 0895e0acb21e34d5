# SPDX-License-Identifier: GPL-2.0-or-later
"""What system calls over a range do to a leaf: fork, zap, mprotect, MADV_FREE.

Source: mm/huge_memory.c (copy_huge_pmd, zap_huge_pmd, change_huge_pmd, madvise_free_huge_pmd).
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_UFFD_WP,
    pte_pfn,
    pte_protnone,
    pte_write,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, HPAGE_PMD_SIZE, total_mapcount
from linuxmm.mm.huge_memory.fault import pmd_modify
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd, split_huge_pmd
from linuxmm.mm.memory.pin import needs_copy_for_pin
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.mprotect_writable import MM_CP_PROT_NUMA, change_uffd_wp
from linuxmm.mm.page import clear_page_flag, get_page, page_anon, page_flag, pfn_to_page, put_page
from linuxmm.mm.pgtable import pmd_val, set_pmd
from linuxmm.mm.rmap import (
    mm_counter,
    page_dup_rmap_compound,
    page_remove_rmap_compound,
    share_anon_page,
)
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import mark_page_lazyfree, set_page_dirty
from linuxmm.state.behaviours import B_NUMA_HINT_RESPECTS_TIERS
from linuxmm.state.constants import (
    EAGAIN,
    MM_ANONPAGES,
    OPS_NONE,
    PG_DIRTY,
    PG_LOCKED,
    SET_NUMA_BALANCING,
    VM_UFFD_WP,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

NUMA_BALANCING_NORMAL: Final = 1


# --- fork ---
@core
def copy_huge_pmd(
    m: State, k: Rules, dst_vma: int, src_vma: int, dst_pmd: int, src_pmd: int, addr: int
) -> int:
    """Share a leaf with the child, read-only in both; -EAGAIN: it is pinned, and a table now.

    A file's is left to the child's faults.
    """
    if m.vma_ops[dst_vma] != OPS_NONE:
        return 0
    word = pmd_val(m, src_pmd)
    if is_huge_zero_pmd(m, word) == 0:
        page = pfn_to_page(m, pte_pfn(word))
        if needs_copy_for_pin(m, k, src_vma, page):
            split_huge_pmd(m, k, src_vma, src_pmd, addr)
            return -EAGAIN
        get_page(m, page)
        share_anon_page(m, page)
        page_dup_rmap_compound(m, page)
        add_mm_counter(m, m.vma_mm[dst_vma], MM_ANONPAGES, HPAGE_PMD_NR)
    set_pmd(m, src_pmd, word & ~PAGE_RW)
    word = word & ~(PAGE_RW | PAGE_ACCESSED)
    if m.vma_flags[dst_vma] & VM_UFFD_WP == 0:
        word = word & ~PAGE_UFFD_WP
    return set_pmd(m, dst_pmd, word)


# --- zap ---
@core
def zap_huge_pmd(m: State, k: Rules, vma: int, pmd: int) -> int:
    """A leaf goes, and the reference it held, with the table that was deposited with it if it is
    an anonymous one; a file's page keeps that it was written to."""
    word = pmd_val(m, pmd)
    set_pmd(m, pmd, 0)
    if is_huge_zero_pmd(m, word):
        return 0
    page = pfn_to_page(m, pte_pfn(word))
    page_remove_rmap_compound(m, k, page, vma)
    add_mm_counter(m, m.vma_mm[vma], mm_counter(m, page), -HPAGE_PMD_NR)
    if word & PAGE_DIRTY and page_anon(m, page) == 0:
        set_page_dirty(m, page)
    return put_page(m, k, page)


# --- mprotect and NUMA balancing ---
@core
def change_huge_pmd(m: State, k: Rules, pmd: int, newprot: int, cp_flags: int) -> int:
    """Give a leaf another protection: 512 when it changed, else 1.

    It never becomes writable here.  NUMA balancing leaves the huge zero page and hinted leaves
    alone; what else it asks of the page, if anything, was asked before (mprotect.py).
    """
    word = pmd_val(m, pmd)
    prot_numa = cp_flags & MM_CP_PROT_NUMA
    if prot_numa:
        if is_huge_zero_pmd(m, word) or pte_protnone(word):
            return 1
        tiers = behaviour(m, k, B_NUMA_HINT_RESPECTS_TIERS)
        if tiers and m.setting[SET_NUMA_BALANCING] & NUMA_BALANCING_NORMAL == 0:
            return 1
    entry = change_uffd_wp(pmd_modify(word, newprot), cp_flags)
    if prot_numa and pte_write(word):
        entry |= PAGE_RW
    set_pmd(m, pmd, entry)
    return HPAGE_PMD_NR


# --- MADV_FREE ---
@core
def madvise_free_huge_pmd(m: State, k: Rules, pmd: int, addr: int, end: int) -> int:
    """MADV_FREE of a leaf: 1 when it is dealt with, 0 when there is a table to be looked at.

    A page that others map too is left alone; of one that is meant in part only, the page itself
    is split.
    """
    word = pmd_val(m, pmd)
    if is_huge_zero_pmd(m, word):
        return 1
    page = pfn_to_page(m, pte_pfn(word))
    if total_mapcount(m, page) != 1 or page_flag(m, page, PG_LOCKED):
        return 1
    if end - addr != HPAGE_PMD_SIZE:
        get_page(m, page)
        split_huge_page(m, k, page)
        put_page(m, k, page)
        return 0
    clear_page_flag(m, page, PG_DIRTY)
    if word & (PAGE_ACCESSED | PAGE_DIRTY):
        set_pmd(m, pmd, word & ~(PAGE_ACCESSED | PAGE_DIRTY))
    mark_page_lazyfree(m, k, page)
    return 1
