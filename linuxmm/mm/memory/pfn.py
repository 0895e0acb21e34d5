# SPDX-License-Identifier: GPL-2.0-or-later
"""Which memory a PFN mapping maps: what fork has to know of an area with a tracked memory type."""

from linuxmm.core import core
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.state.behaviours import B_FOLLOW_PHYS_REFUSES_PAGES
from linuxmm.state.constants import NO_PAGE, VM_PAT
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_FOLLOW_PHYS


@core
def track_pfn_copy(m: State, k: Rules, vma: int) -> int:
    """fork duplicates the memory type of an area: 0, or -EINVAL when it cannot be told any more.

    Source: arch/x86/mm/pat/memtype.c:track_pfn_copy, get_pat_info: the type comes with the frame
    of the first page, and a COW mapping may have a page of its own there.
    Not modelled: the tree of memory types; a reservation never fails.
    """
    if m.vma_flags[vma] & VM_PAT == 0:
        return 0
    return follow_phys(m, k, vma, m.vma_start[vma])


@core
def follow_phys(m: State, k: Rules, vma: int, addr: int) -> int:
    """The frame behind a present entry, without FOLL_WRITE: 0, or -EINVAL if it is a page.

    Source: mm/memory.c:follow_phys.
    """
    if behaviour(m, k, B_FOLLOW_PHYS_REFUSES_PAGES) == 0:
        return 0
    pte = m.pte[pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)]
    page = site_page(m, k, SITE_FOLLOW_PHYS, vma, addr, pte)
    if page == NO_PAGE:  # the wanted case: a frame without a page
        return 0
    return refused_page(m, k, SITE_FOLLOW_PHYS, page, vma, 0, 0)
