# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a table worth a huge page?  Source: mm/khugepaged.c:hpage_collapse_scan_pmd.

The limits (max_ptes_none, _swap, _shared) and the question whether anything was used lately are
khugepaged's own: MADV_COLLAPSE asks neither (`is_khugepaged`).
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_UFFD_WP, is_swap_pte, pte_none, pte_pfn, pte_write
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR
from linuxmm.mm.khugepaged.collapse import collapse_huge_page
from linuxmm.mm.khugepaged.limits import (
    is_referenced,
    leaves_lazyfree,
    none_or_zero_allowed,
    note_shared,
)
from linuxmm.mm.khugepaged.result import (
    SCAN_EXCEED_SWAP_PTE,
    SCAN_LACK_REFERENCED_PAGE,
    SCAN_PAGE_LAZYFREE,
    SCAN_PAGE_RO,
    SCAN_PTE_UFFD_WP,
    SCAN_SUCCEED,
    find_pmd_or_thp_or_none,
    result_of_test,
)
from linuxmm.mm.memory.nonpresent import pte_swp_uffd_wp
from linuxmm.mm.page import is_zero_pfn
from linuxmm.mm.pgtable import (
    deposited_pte,
    walk_to_pmd,
)
from linuxmm.mm.sites import behaviour, refusing_test, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import count
from linuxmm.state.behaviours import B_COLLAPSE_NEEDS_WRITABLE
from linuxmm.state.constants import SET_MAX_PTES_SWAP
from linuxmm.state.layout import COLLAPSE_SHARED, THP_SCAN_EXCEED_SWAP_PTE, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_KHUGEPAGED_SCAN_PMD
from linuxmm.state.vocabulary import CONTEXT_MADV_COLLAPSE

# what was met on the way: m.stack[met + ...]
NONE_OR_ZERO: Final = 0
UNMAPPED: Final = 1  # entries that are not present, and not empty
REFERENCED: Final = 2
WRITABLE: Final = 3
NR_MET: Final = 4


@core
def hpage_collapse_scan_pmd(m: State, k: Rules, vma: int, address: int, is_khugepaged: int) -> int:
    """Look at the table of 2 MiB, and collapse it if nothing speaks against it: SCAN_*."""
    pmd = walk_to_pmd(m, vma, address)
    result = find_pmd_or_thp_or_none(m, pmd, address)
    met = push(m, NR_MET)
    for word in range(met, met + NR_MET):
        m.stack[word] = 0
    m.scratch[COLLAPSE_SHARED] = 0
    slot = deposited_pte(pmd, address)
    i = 0
    while i < HPAGE_PMD_NR and result == SCAN_SUCCEED:
        result = _scan_pte(m, k, vma, address + i * 4096, m.pte[slot + i], is_khugepaged, met)
        i += 1
    if result == SCAN_SUCCEED:
        result = _is_worth_it(m, k, is_khugepaged, met)
    if result == SCAN_SUCCEED:
        unmapped = m.stack[met + UNMAPPED]
        result = collapse_huge_page(m, k, vma, address, unmapped, is_khugepaged)
    pop(m, met)
    return result


@core
def _scan_pte(
    m: State, k: Rules, vma: int, addr: int, pte: int, is_khugepaged: int, met: int
) -> int:
    """One entry: SCAN_SUCCEED, or what ends the look at this table."""
    if is_swap_pte(pte):
        m.stack[met + UNMAPPED] = m.stack[met + UNMAPPED] + 1
        if is_khugepaged and m.stack[met + UNMAPPED] > m.setting[SET_MAX_PTES_SWAP]:
            count(m, THP_SCAN_EXCEED_SWAP_PTE, 1)
            return SCAN_EXCEED_SWAP_PTE
        return SCAN_PTE_UFFD_WP if pte_swp_uffd_wp(pte) else SCAN_SUCCEED
    if pte_none(pte) or is_zero_pfn(m, pte_pfn(pte)):
        m.stack[met + NONE_OR_ZERO] = m.stack[met + NONE_OR_ZERO] + 1
        return none_or_zero_allowed(m, vma, m.stack[met + NONE_OR_ZERO], is_khugepaged)
    if pte & PAGE_UFFD_WP:
        return SCAN_PTE_UFFD_WP
    if pte_write(pte):
        m.stack[met + WRITABLE] = 1
    page = site_page(m, k, SITE_KHUGEPAGED_SCAN_PMD, vma, addr, pte)
    if is_khugepaged and leaves_lazyfree(m, k, page, pte):
        return SCAN_PAGE_LAZYFREE
    context = 0 if is_khugepaged else CONTEXT_MADV_COLLAPSE
    test = refusing_test(m, k, SITE_KHUGEPAGED_SCAN_PMD, page, vma, context, 0)
    if test == 0:
        note_shared(m, page)
        m.stack[met + REFERENCED] = m.stack[met + REFERENCED] + is_referenced(m, page, pte)
    return result_of_test(m, test)


@core
def _is_worth_it(m: State, k: Rules, is_khugepaged: int, met: int) -> int:
    """Something writable; and for khugepaged something used, half of all if some must be read."""
    if m.stack[met + WRITABLE] == 0 and behaviour(m, k, B_COLLAPSE_NEEDS_WRITABLE) == 0:
        return SCAN_PAGE_RO
    referenced = m.stack[met + REFERENCED]
    rarely = m.stack[met + UNMAPPED] and referenced < HPAGE_PMD_NR // 2
    if is_khugepaged and (referenced == 0 or rarely):
        return SCAN_LACK_REFERENCED_PAGE
    return SCAN_SUCCEED
