# SPDX-License-Identifier: GPL-2.0-or-later
"""What the look at a table and the isolation of its pages ask alike.

Source: mm/khugepaged.c (hpage_collapse_scan_pmd, __collapse_huge_page_isolate).
"""

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_DIRTY
from linuxmm.core import core
from linuxmm.mm.compound import compound_head, page_mapcount
from linuxmm.mm.khugepaged.result import SCAN_EXCEED_NONE_PTE, SCAN_SUCCEED
from linuxmm.mm.page import page_anon, page_flag
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count
from linuxmm.state.behaviours import B_COLLAPSE_LAZYFREE
from linuxmm.state.constants import (
    NO_PAGE,
    PG_REFERENCED,
    PG_SWAPBACKED,
    PG_YOUNG,
    SET_MAX_PTES_NONE,
    VM_UFFD_MISSING,
    VM_UFFD_WP,
)
from linuxmm.state.layout import COLLAPSE_SHARED, THP_SCAN_EXCEED_NONE_PTE, State
from linuxmm.state.rules import Rules


@core
def none_or_zero_allowed(m: State, vma: int, nr: int, is_khugepaged: int) -> int:
    """May the nr-th entry be empty (or the zero page)?  Never where userfaultfd fills the holes."""
    armed = m.vma_flags[vma] & (VM_UFFD_MISSING | VM_UFFD_WP)
    if armed == 0 and (is_khugepaged == 0 or nr <= m.setting[SET_MAX_PTES_NONE]):
        return SCAN_SUCCEED
    count(m, THP_SCAN_EXCEED_NONE_PTE, 1)
    return SCAN_EXCEED_NONE_PTE


@core
def note_shared(m: State, page: int) -> int:
    """One more page of these 2 MiB that is mapped more than once (`too_many_shared`)."""
    if page_mapcount(m, page) > 1:
        m.scratch[COLLAPSE_SHARED] = m.scratch[COLLAPSE_SHARED] + 1
    return 0


@core
def leaves_lazyfree(m: State, k: Rules, page: int, pte: int) -> int:
    """Is this a page that MADV_FREE has let go and nobody has written to since, left as it is?"""
    if page == NO_PAGE or pte & PAGE_DIRTY or behaviour(m, k, B_COLLAPSE_LAZYFREE) == 0:
        return 0
    head = compound_head(m, page)
    return 1 if page_anon(m, head) and page_flag(m, head, PG_SWAPBACKED) == 0 else 0


@core
def is_referenced(m: State, page: int, pte: int) -> int:
    """Was the page used lately, as its entry or its flags say?"""
    return 1 if pte & PAGE_ACCESSED or page_flag(m, page, PG_YOUNG | PG_REFERENCED) else 0
