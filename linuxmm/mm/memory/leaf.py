# SPDX-License-Identifier: GPL-2.0-or-later
"""A huge page of a file is mapped by a leaf.  Source: mm/memory.c:do_set_pmd, mk_huge_pmd."""

from linuxmm.arch.x86.pgtable import PAGE_PSE, pfn_pte, pte_mkdirty
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head, page_compound
from linuxmm.mm.huge_memory.vma import file_aligned
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.memory.wp import maybe_mkwrite
from linuxmm.mm.page import get_page, page_to_pfn
from linuxmm.mm.pgtable import PMD_MASK, PMD_SIZE, pmd_none, pmd_table, set_pmd
from linuxmm.mm.rmap import mm_counter, page_add_file_rmap_compound
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count
from linuxmm.state.behaviours import B_LEAF_HONOURS_ADVICE
from linuxmm.state.constants import VM_NOHUGEPAGE
from linuxmm.state.layout import THP_FILE_MAPPED, State
from linuxmm.state.rules import Rules


@core
def no_table(m: State, pmd: int, addr: int) -> int:
    """Is there neither a table nor a leaf for the 2 MiB, which belong to the VMA as a whole?"""
    if pmd & 1 == 0 or pmd_table(m, pmd):
        return 0
    start = addr & PMD_MASK
    return pmd_none(m, pmd, start, start + PMD_SIZE)


@core
def do_set_pmd(m: State, k: Rules, vma: int, pmd: int, page: int, write: int) -> int:
    """Map the huge page that `page` is a part of, with a reference: 1; 0: it has to be by PTEs.

    The caller has seen that there is no table.  No table is deposited on x86.
    """
    if page_compound(m, page) == 0 or file_aligned(m, vma) == 0:
        return 0
    if m.vma_flags[vma] & VM_NOHUGEPAGE and behaviour(m, k, B_LEAF_HONOURS_ADVICE):
        return 0
    head = compound_head(m, page)
    entry = pfn_pte(page_to_pfn(m, head), m.vma_page_prot[vma]) | PAGE_PSE
    if write:
        entry = maybe_mkwrite(m, vma, pte_mkdirty(entry))
    get_page(m, head)
    add_mm_counter(m, m.vma_mm[vma], mm_counter(m, head), HPAGE_PMD_NR)
    page_add_file_rmap_compound(m, k, head, vma)
    set_pmd(m, pmd, entry)
    count(m, THP_FILE_MAPPED, 1)
    return 1
