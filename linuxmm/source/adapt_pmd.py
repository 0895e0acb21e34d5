# SPDX-License-Identifier: GPL-2.0-or-later
"""PMD entries in translated C: a leaf is its word, a table the place where it stands.

The kernel's pmd_t of a table holds where the table is, so that a copy of it on the stack names the
table as well (mm/gup.c:gup_pte_range maps `&pmd`).  The model's table stands before its PMD's word
(mm/pgtable.py); the pmd_t of one holds that place, and flags as the kernel's has.
"""

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_PRESENT, PAGE_PROTNONE, PAGE_PSE
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.memory.lookup import vm_normal_page_pmd
from linuxmm.mm.page import not_modelled, page_to_pfn
from linuxmm.mm.pgtable import (
    NO_PMD,
    PMD_TABLE,
    pmd_trans_huge,
    pmd_val,
    pte_alloc,
    set_pmd,
    walk_to_pmd,
)
from linuxmm.source.runtime import lock
from linuxmm.state.constants import NO_VMA, SET_HUGE_ZERO_PFN, WHY_THP
from linuxmm.state.layout import PTE_LOCK, SIZE_V, State
from linuxmm.state.rules import Rules


def pmd_word(m: State, pmd: int) -> int:
    """*pmd."""
    return pmd_val(m, pmd) if pmd_trans_huge(m, pmd) else pmd << 12 | PMD_TABLE


def alloc_table(m: State, pmd: int) -> int:
    """pte_alloc(), which is told no address: the VMA knows of tables of 2 MiB that it cuts.

    Those lie at its ends.
    """
    if pmd & 1:
        return pte_alloc(m, NO_VMA, pmd, 0)
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma]:
            for addr in (m.vma_start[vma], m.vma_end[vma] - 4096):
                if walk_to_pmd(m, vma, addr) == pmd:
                    return pte_alloc(m, vma, pmd, addr)
    return 0


def named_table(m: State, word: int) -> int:
    """&pmd of a copy of an entry: who follows it means the table that the entry names."""
    if word & PAGE_PSE:
        not_modelled(m, WHY_THP)
        return NO_PMD
    return word >> 12


def put_pmd(m: State, pmd: int, word: int) -> int:
    """set_pmd_at, of a leaf."""
    if pmd & 1 == 0 or word & PAGE_PSE == 0:
        return not_modelled(m, WHY_THP)
    return set_pmd(m, pmd, word)


def invalidated(m: State, pmd: int) -> int:
    """pmdp_invalidate: what stood there; the CPU does not see it until it is set again."""
    word = pmd_word(m, pmd)
    put_pmd(m, pmd, word & ~(PAGE_PRESENT | PAGE_PROTNONE))
    return word


def leaf_locked(m: State, pmd: int) -> int:
    """pmd_trans_huge_lock: of a leaf its lock, taken; of a table NULL."""
    if pmd_trans_huge(m, pmd) == 0:
        return 0
    lock(m, PTE_LOCK)
    return 1


def clear_leaf_young(m: State, pmd: int) -> int:
    """pmdp_test_and_clear_young."""
    word = pmd_word(m, pmd)
    put_pmd(m, pmd, word & ~PAGE_ACCESSED)
    return 1 if word & PAGE_ACCESSED else 0


def normal_page_of_leaf(m: State, k: Rules, vma: int, addr: int, word: int) -> int:
    """vm_normal_page_pmd, of which the core has to be told the huge zero page."""
    return vm_normal_page_pmd(m, k, vma, addr, word, is_huge_zero_pmd(m, word))


def is_huge_zero(m: State, page: int) -> int:
    """is_huge_zero_page."""
    huge_zero = m.setting[SET_HUGE_ZERO_PFN]
    return 1 if huge_zero and page_to_pfn(m, page) == huge_zero else 0
