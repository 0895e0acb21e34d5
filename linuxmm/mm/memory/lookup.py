# SPDX-License-Identifier: GPL-2.0-or-later
"""vm_normal_page and its variants: which page, if any, stands behind an entry.

Source: mm/memory.c:vm_normal_page, vm_normal_page_pmd (vm_normal_any_page, vm_normal_lru_page in
the patch of March 2022).  The bodies are rows of the kernel record (`[lookup.*]`): what a
row may ask is computed once as bits, the first row that holds decides.
"""

from linuxmm.arch.x86.pgtable import PAGE_DEVMAP, PAGE_SPECIAL, pte_pfn
from linuxmm.core import core
from linuxmm.mm.page import highest_memmap_pfn, is_zone_device_page, pfn_to_page
from linuxmm.state.constants import (
    NO_PAGE,
    OPS_SPECIAL_PAGE,
    SET_ZERO_PAGE,
    VM_MAYWRITE,
    VM_MIXEDMAP,
    VM_PFNMAP,
    VM_SHARED,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import MAX_CHOICES, NR_LOOKUPS, Rules
from linuxmm.state.vocabulary import (
    ATOM_ABOVE_HIGHEST_PFN,
    ATOM_COW_MAPPING,
    ATOM_DEVMAP,
    ATOM_FIND_SPECIAL_PAGE,
    ATOM_MIXEDMAP,
    ATOM_PFN_VALID,
    ATOM_PFNMAP,
    ATOM_PGOFF_MATCH,
    ATOM_SPECIAL,
    ATOM_ZERO_PFN,
    ATOM_ZONE_DEVICE,
    LOOKUP_NONE,
    LOOKUP_PMD,
    LOOKUP_RAW_PTE,
    RESULT_PAGE,
    RESULT_SPECIAL_PAGE,
)


@core
def is_cow_mapping(vm_flags: int) -> int:
    """May be written, is not shared: writes are copied."""
    return 1 if vm_flags & (VM_SHARED | VM_MAYWRITE) == VM_MAYWRITE else 0


@core
def lookup_facts(m: State, vma: int, addr: int, pte: int) -> int:
    """Everything a lookup row may ask about this entry, as ATOM_* bits."""
    facts = 0
    pfn = pte_pfn(pte)
    flags = m.vma_flags[vma]
    if pte & PAGE_SPECIAL:
        facts |= ATOM_SPECIAL
    if pte & PAGE_DEVMAP:
        facts |= ATOM_DEVMAP
    if pfn > highest_memmap_pfn(m):
        facts |= ATOM_ABOVE_HIGHEST_PFN
    if flags & VM_PFNMAP:
        facts |= ATOM_PFNMAP
    if flags & VM_MIXEDMAP:
        facts |= ATOM_MIXEDMAP
    if is_cow_mapping(flags):
        facts |= ATOM_COW_MAPPING
    if pfn == m.vma_pgoff[vma] + ((addr - m.vma_start[vma]) >> 12):
        facts |= ATOM_PGOFF_MATCH
    if m.vma_ops[vma] == OPS_SPECIAL_PAGE:
        facts |= ATOM_FIND_SPECIAL_PAGE
    page = pfn_to_page(m, pfn)
    if page != NO_PAGE:
        facts |= ATOM_PFN_VALID
        if page == m.setting[SET_ZERO_PAGE]:
            facts |= ATOM_ZERO_PFN
        if is_zone_device_page(m, page):
            facts |= ATOM_ZONE_DEVICE
    return facts


@core
def choose_lookup(k: Rules, site: int, foll: int) -> int:
    """LOOKUP_* of a site for these FOLL_ flags: the first choice whose mask matches."""
    first = site * MAX_CHOICES
    for i in range(first, first + MAX_CHOICES):
        if k.choice_mask[i] == 0 or k.choice_mask[i] & foll:
            return k.choice_lookup[i]
    return LOOKUP_NONE


@core
def match_rows(k: Rules, first: int, nr: int, facts: int) -> int:
    """The result of the first row whose atoms hold; -1 when no row matches."""
    for i in range(first, first + nr):
        need = k.row_need[i]
        if facts & need == need and facts & k.row_forbid[i] == 0:
            return k.row_result[i]
    return -1


@core
def run_lookup(k: Rules, lookup: int, facts: int) -> int:
    """RESULT_* of a lookup body on these facts: its first row that holds decides."""
    if lookup % NR_LOOKUPS == LOOKUP_RAW_PTE:
        return RESULT_PAGE
    of = k.body_of[lookup]
    if of:
        half = lookup - lookup % NR_LOOKUPS
        result = match_rows(k, k.body_first[half + of], k.body_nr[half + of], facts)
        if result != RESULT_PAGE:
            return result
    return match_rows(k, k.body_first[lookup], k.body_nr[lookup], facts)


@core
def found_page(m: State, result: int, vma: int, addr: int, pte: int) -> int:
    """The page row that a RESULT_* stands for; find_special_page is the driver's own answer."""
    if result == RESULT_PAGE:
        return pfn_to_page(m, pte_pfn(pte))
    if result == RESULT_SPECIAL_PAGE:
        return pfn_to_page(m, m.file_pfn[m.vma_file[vma]] + ((addr - m.vma_start[vma]) >> 12))
    return NO_PAGE


@core
def vm_normal_page_pmd(m: State, k: Rules, vma: int, addr: int, pmd: int, huge_zero: int) -> int:
    """The head page behind a PMD leaf; NO_PAGE silently where there is none to be used.

    `huge_zero`: it is the huge zero page (which has no row of its own here).
    """
    facts = lookup_facts(m, vma, addr, pmd)
    facts = facts | ATOM_ZERO_PFN if huge_zero else facts & ~ATOM_ZERO_PFN
    result = run_lookup(k, LOOKUP_PMD, facts)
    return found_page(m, result, vma, addr, pmd)
