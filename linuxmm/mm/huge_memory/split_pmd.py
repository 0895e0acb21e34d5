# SPDX-License-Identifier: GPL-2.0-or-later
"""A leaf becomes a table whose entries map the parts; the huge page stays what it is.

Source: mm/huge_memory.c (__split_huge_pmd_locked, __split_huge_zero_page_pmd,
vma_adjust_trans_huge).  Of a leaf of a file nothing is left but an empty PMD.
"""

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    PAGE_SPECIAL,
    PAGE_UFFD_WP,
    pfn_pte,
    pte_mkdirty,
    pte_pfn,
)
from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    HPAGE_PMD_NR,
    HPAGE_PMD_SIZE,
    PART_MAPPINGS,
    add_to_whole,
    of_whole,
)
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.mlock.page import munlock_vma_huge_page
from linuxmm.mm.page import (
    not_modelled,
    page_flag,
    page_to_pfn,
    pfn_to_page,
    put_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import (
    PMD_MASK,
    PMD_TABLE,
    deposited_pte,
    pmd_trans_huge,
    pmd_val,
    set_pmd,
    walk_to_pmd,
)
from linuxmm.mm.rmap import mm_counter, page_remove_rmap_compound
from linuxmm.mm.swap import count, set_page_dirty
from linuxmm.state.behaviours import B_MLOCK_SCHEME, B_SPLIT_KEEPS_DIRTY
from linuxmm.state.constants import (
    OPS_NONE,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_MLOCKED,
    PG_REFERENCED,
    SET_HUGE_ZERO_PFN,
    SET_ZERO_PAGE,
    VM_WRITE,
    WHY_THP,
)
from linuxmm.state.layout import NR_ANON_THPS, THP_SPLIT_PMD, State
from linuxmm.state.rules import Rules


@core
def is_huge_zero_pmd(m: State, pmd: int) -> int:
    """Does this word map the huge zero page?"""
    huge_zero = m.setting[SET_HUGE_ZERO_PFN]
    return 1 if huge_zero and pte_pfn(pmd) == huge_zero else 0


@core
def split_huge_pmd(m: State, k: Rules, vma: int, pmd: int, addr: int) -> int:
    """__split_huge_pmd: what was one leaf are 512 entries (a file's: none, they come by faults);
    another entry is left as it is."""
    if pmd_trans_huge(m, pmd) == 0:
        return 0
    haddr = addr & PMD_MASK
    word = pmd_val(m, pmd)
    count(m, THP_SPLIT_PMD, 1)
    if m.vma_ops[vma] != OPS_NONE:
        return _unmap_file_pmd(m, k, vma, pmd, word)
    if is_huge_zero_pmd(m, word):
        return _split_huge_zero_page_pmd(m, vma, pmd, haddr, word)
    return _split_huge_pmd_locked(m, k, vma, pmd, haddr, word)


@core
def _unmap_file_pmd(m: State, k: Rules, vma: int, pmd: int, word: int) -> int:
    """The leaf of a file is taken away; what it says of the use of the page is kept there."""
    page = pfn_to_page(m, pte_pfn(word))
    set_pmd(m, pmd, 0)
    if word & PAGE_DIRTY:
        set_page_dirty(m, page)
    if word & PAGE_ACCESSED:
        set_page_flag(m, page, PG_REFERENCED)
    page_remove_rmap_compound(m, k, page, vma)
    add_mm_counter(m, m.vma_mm[vma], mm_counter(m, page), -HPAGE_PMD_NR)
    return put_page(m, k, page)


@core
def _split_huge_zero_page_pmd(m: State, vma: int, pmd: int, haddr: int, word: int) -> int:
    """512 entries of the (small) zero page."""
    entry = pfn_pte(page_to_pfn(m, m.setting[SET_ZERO_PAGE]), m.vma_page_prot[vma]) | PAGE_SPECIAL
    entry |= word & PAGE_UFFD_WP
    slot = deposited_pte(pmd, haddr)
    for i in range(HPAGE_PMD_NR):
        m.pte[slot + i] = entry
    return set_pmd(m, pmd, PMD_TABLE)


@core
def _split_huge_pmd_locked(m: State, k: Rules, vma: int, pmd: int, haddr: int, word: int) -> int:
    """Each part is mapped by an entry of its own, as the leaf mapped it, with a reference.

    A dirty leaf leaves the page dirty, and its entries clean or (later kernels) dirty.  The parts
    of an exclusive page are exclusive.  In a locked VMA the page is munlocked: its parts are not
    mlocked.
    """
    page = pfn_to_page(m, pte_pfn(word))
    if word & PAGE_DIRTY:
        set_page_flag(m, page, PG_DIRTY)
    m.page_refcount[page] = m.page_refcount[page] + HPAGE_PMD_NR - 1
    exclusive = page_flag(m, page, PG_ANON_EXCLUSIVE)
    entry = _entry_of_part(m, k, vma, word)
    pfn = pte_pfn(word)
    slot = deposited_pte(pmd, haddr)
    for i in range(HPAGE_PMD_NR):
        if exclusive:
            set_page_flag(m, page + i, PG_ANON_EXCLUSIVE)
        m.pte[slot + i] = pfn_pte(pfn + i, entry)
        m.page_mapcount[page + i] = m.page_mapcount[page + i] + 1
    add_to_whole(m, page, PART_MAPPINGS, HPAGE_PMD_NR)
    add_to_whole(m, page, COMPOUND_MAPCOUNT, -1)
    if of_whole(m, page, COMPOUND_MAPCOUNT) == 0:
        count(m, NR_ANON_THPS, -1)
    set_pmd(m, pmd, PMD_TABLE)
    if page_flag(m, page, PG_MLOCKED) and k.behaviour[B_MLOCK_SCHEME] == 0:
        return not_modelled(m, WHY_THP)  # clear_page_mlock of a huge page in the old scheme
    return munlock_vma_huge_page(m, k, page, vma)


@core
def _entry_of_part(m: State, k: Rules, vma: int, word: int) -> int:
    """The bits of the new entries: the VMA's protection, and what the leaf says beside it.

    A hint (PROT_NONE) of the leaf is not passed on.
    """
    entry = m.vma_page_prot[vma]
    if m.vma_flags[vma] & VM_WRITE and word & PAGE_RW:
        entry |= PAGE_RW
    else:
        entry &= ~PAGE_RW
    if word & PAGE_ACCESSED == 0:
        entry &= ~PAGE_ACCESSED
    if word & PAGE_DIRTY and k.behaviour[B_SPLIT_KEEPS_DIRTY]:
        entry = pte_mkdirty(entry)
    return entry | word & (PAGE_SOFT_DIRTY | PAGE_UFFD_WP)


# --- a VMA changes shape ---
@core
def vma_adjust_trans_huge(m: State, k: Rules, vma: int, addr: int) -> int:
    """A VMA is about to be cut at `addr`: the leaf that lies across it becomes a table."""
    if addr & HPAGE_PMD_SIZE - 1 == 0:
        return 0
    return split_huge_pmd(m, k, vma, walk_to_pmd(m, vma, addr), addr)
