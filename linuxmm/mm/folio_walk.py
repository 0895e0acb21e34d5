# SPDX-License-Identifier: GPL-2.0-or-later
"""folio_walk_start: the page behind one address, without a reference, its table locked.

Source: mm/pagewalk.c:folio_walk_start, include/linux/pagewalk.h:folio_walk_end.  It asks no site's
lookup: vm_normal_page, or vm_normal_page_pmd of a leaf; with FW_ZEROPAGE the zero pages are pages
too, and with FW_MIGRATION those of migration entries.  A PROT_NONE entry is like any other.

What a site does with a page it takes is in its record: `get` a reference, then `end` the walk; each
test ends it too, or says nothing, and then the table stays locked: an event.
"""

from linuxmm.arch.x86.pgtable import pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.memory.lookup import found_page, lookup_facts, run_lookup, vm_normal_page_pmd
from linuxmm.mm.memory.nonpresent import is_migration_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import event, get_page, is_zero_pfn, page_to_pfn, pfn_to_page
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_offset_map, walk_to_pmd
from linuxmm.mm.sites import diverged_at, known_compound, uses_folio_walk, visit
from linuxmm.state.constants import (
    EVENT_BAD_PAGE_MAP,
    EVENT_LOCKS,
    NO_PAGE,
    SET_ZERO_PAGE,
)
from linuxmm.state.flags import FW_MIGRATION, FW_ZEROPAGE
from linuxmm.state.layout import State
from linuxmm.state.rules import MAX_CHOICES, NR_LOOKUPS, Rules
from linuxmm.state.sites import NR_SITES
from linuxmm.state.vocabulary import (
    ATOM_SPECIAL,
    ATOM_ZONE_DEVICE,
    LOOKUP_FOLIO_WALK,
    LOOKUP_NORMAL,
    RESULT_BAD,
)


@core
def folio_walk_start(m: State, k: Rules, site: int, vma: int, addr: int) -> int:
    """The page that a site sees at an address: its row, or NO_PAGE (and nothing is locked)."""
    pmd = walk_to_pmd(m, vma, addr)
    page = _walk_to(m, k, site, vma, addr, pmd, k.site_flags[site])
    if k.site_differs[site]:
        rival = k.choice_lookup[(NR_SITES + site) * MAX_CHOICES]
        flags = k.site_flags[NR_SITES + site]
        if rival != LOOKUP_FOLIO_WALK or _walk_to(m, k, 0, vma, addr, pmd, flags) != page:
            diverged_at(m, site)
    return known_compound(m, k, site, page)


@core
def _walk_to(m: State, k: Rules, site: int, vma: int, addr: int, pmd: int, flags: int) -> int:
    """The walk itself; site 0: the rival's, of which nothing is noted."""
    if pmd_trans_huge(m, pmd):
        return _of_leaf(m, k, vma, addr, pmd_val(m, pmd), flags)
    pte = m.pte[pte_offset_map(m, pmd, addr)]
    if pte_present(pte):
        return _of_entry(m, k, site, vma, addr, pte, flags)
    if flags & FW_MIGRATION and is_migration_pte(k, pte):
        return pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
    return NO_PAGE


@core
def _of_leaf(m: State, k: Rules, vma: int, addr: int, word: int, flags: int) -> int:
    """The part of a leaf's page at the address; the zero page stands for the huge one."""
    huge_zero = is_huge_zero_pmd(m, word)
    page = vm_normal_page_pmd(m, k, vma, addr, word, huge_zero)
    if page != NO_PAGE:
        return page + (addr >> 12 & HPAGE_PMD_NR - 1)
    return m.setting[SET_ZERO_PAGE] if huge_zero and flags & FW_ZEROPAGE else NO_PAGE


@core
def _of_entry(m: State, k: Rules, site: int, vma: int, addr: int, pte: int, flags: int) -> int:
    facts = lookup_facts(m, vma, addr, pte)
    half = NR_LOOKUPS if site == 0 else 0
    result = run_lookup(k, half + LOOKUP_NORMAL, facts)
    if site:
        visit(m, site, facts & (ATOM_SPECIAL | ATOM_ZONE_DEVICE))
        if result == RESULT_BAD:
            event(m, EVENT_BAD_PAGE_MAP, site, pte_pfn(pte), addr)
    page = found_page(m, result, vma, addr, pte)
    if page == NO_PAGE and flags & FW_ZEROPAGE and is_zero_pfn(m, pte_pfn(pte)):
        return m.setting[SET_ZERO_PAGE]
    return page


@core
def take_page(m: State, k: Rules, site: int, page: int) -> int:
    """What a site does with the page that passed its tests: a reference, the end of the walk.

    Nothing where follow_page gave it, which has taken the reference already: 1, else 0.
    """
    if k.site_differs[site]:
        rival = NR_SITES + site
        if k.site_get[rival] != k.site_get[site] or k.site_end[rival] != k.site_end[site]:
            diverged_at(m, site)
    if uses_folio_walk(k, site) == 0:
        return 1
    if k.site_get[site]:
        get_page(m, page)
    if k.site_end[site] == 0:
        event(m, EVENT_LOCKS, site, page_to_pfn(m, page), 0)
    return 0
