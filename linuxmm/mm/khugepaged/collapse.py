# SPDX-License-Identifier: GPL-2.0-or-later
"""A table becomes a leaf: allocate, read in what is swapped out, isolate, copy, map.

Source: mm/khugepaged.c (collapse_huge_page, __collapse_huge_page_swapin, _copy,
alloc_charge_hpage).  Before 6.1 nodes that have equally many of the pages took turns; here, as in
6.1, the first of them has it.  Not modelled: memory without a free huge page for khugepaged (it
would compact and sleep), a page that waits for its migration.
"""

from linuxmm.arch.x86.pgtable import (
    PAGE_PSE,
    is_swap_pte,
    pfn_pte,
    pte_mkdirty,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head, page_compound
from linuxmm.mm.khugepaged.isolate import (
    collapse_huge_page_isolate,
    mapped_by,
    maps_part_of,
    release_pte_page,
)
from linuxmm.mm.khugepaged.result import (
    SCAN_ALLOC_HUGE_PAGE_FAIL,
    SCAN_FAIL,
    SCAN_SUCCEED,
)
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge
from linuxmm.mm.memory.fault import do_swap_page
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.memory.vm_fault import (
    NR_VMF,
    VMF_ADDRESS,
    VMF_FLAGS,
    VMF_ORIG_PTE,
    VMF_PMD,
    VMF_PTE,
    VMF_VMA,
)
from linuxmm.mm.memory.wp import maybe_mkwrite
from linuxmm.mm.page import (
    alloc_huge_page_nodes,
    not_modelled,
    page_to_nid,
    page_to_pfn,
    put_page,
    set_page_flag,
)
from linuxmm.mm.pgtable import deposited_pte, set_pmd, walk_to_pmd
from linuxmm.mm.rmap import (
    deferred_split_folio,
    page_add_new_anon_rmap_compound,
    page_remove_rmap,
)
from linuxmm.mm.sites import behaviour
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import count, lru_add_drain, lru_cache_add_inactive_or_unevictable
from linuxmm.mm.swapfile import free_swap_cache
from linuxmm.state.behaviours import B_SPLIT_QUEUE
from linuxmm.state.constants import (
    MM_ANONPAGES,
    NO_PAGE,
    PG_UPTODATE,
    RANGE_RAM,
    VM_FAULT_ERROR,
    VM_FAULT_RETRY,
    WHY_THP,
)
from linuxmm.state.layout import (
    SIZE_R,
    THP_COLLAPSE_ALLOC,
    THP_COLLAPSE_ALLOC_FAILED,
    State,
)
from linuxmm.state.rules import Rules


@core
def collapse_huge_page(
    m: State, k: Rules, vma: int, address: int, unmapped: int, is_khugepaged: int
) -> int:
    """One huge page in the place of what the table maps: SCAN_*."""
    pmd = walk_to_pmd(m, vma, address)
    first = deposited_pte(pmd, address)
    hpage = alloc_charge_hpage(m, m.vma_mm[vma], find_target_node(m, first), is_khugepaged)
    if hpage == NO_PAGE:
        return SCAN_ALLOC_HUGE_PAGE_FAIL
    result = SCAN_SUCCEED
    if unmapped:
        result = collapse_huge_page_swapin(m, k, vma, address, pmd)
    if result == SCAN_SUCCEED:
        result = collapse_huge_page_isolate(m, k, vma, address, first, is_khugepaged)
    if result != SCAN_SUCCEED:
        put_page(m, k, hpage)
        return result
    collapse_huge_page_copy(m, k, vma, first, hpage)
    set_page_flag(m, hpage, PG_UPTODATE)
    entry = pte_mkdirty(pfn_pte(page_to_pfn(m, hpage), m.vma_page_prot[vma]) | PAGE_PSE)
    page_add_new_anon_rmap_compound(m, k, hpage, vma, address)
    lru_cache_add_inactive_or_unevictable(m, k, hpage, vma)
    set_pmd(m, pmd, maybe_mkwrite(m, vma, entry))
    if behaviour(m, k, B_SPLIT_QUEUE):
        deferred_split_folio(m, k, hpage, 0)
    return SCAN_SUCCEED


# --- the huge page ---
@core
def alloc_charge_hpage(m: State, mm: int, node: int, is_khugepaged: int) -> int:
    """A huge page on the node that has most of the pages, charged to the mm's group."""
    page = alloc_huge_page_nodes(m, node, 1 << node)
    if page == NO_PAGE:
        count(m, THP_COLLAPSE_ALLOC_FAILED, 1)
        if is_khugepaged:
            not_modelled(m, WHY_THP)
        return NO_PAGE
    count(m, THP_COLLAPSE_ALLOC, 1)
    mem_cgroup_charge(m, page, mm)
    return page


@core
def find_target_node(m: State, first: int) -> int:
    """hpage_collapse_find_target_node: the lowest of those with most pages of this table."""
    best = 0
    most = 0
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] == RANGE_RAM:
            nid = m.range_node[r]
            here = 0
            for slot in range(first, first + HPAGE_PMD_NR):
                page = mapped_by(m, m.pte[slot])
                if page != NO_PAGE and page_to_nid(m, page) == nid:
                    here += 1
            if here > most or (here == most and most and nid < best):
                best = nid
                most = here
    return best


# --- what is not there ---
@core
def collapse_huge_page_swapin(m: State, k: Rules, vma: int, address: int, pmd: int) -> int:
    """Every entry that is neither present nor empty is faulted in as by a read."""
    vmf = push(m, NR_VMF)
    slot = deposited_pte(pmd, address)
    result = SCAN_SUCCEED
    i = 0
    while i < HPAGE_PMD_NR and result == SCAN_SUCCEED:
        if is_swap_pte(m.pte[slot + i]):
            m.stack[vmf + VMF_VMA] = vma
            m.stack[vmf + VMF_ADDRESS] = address + i * 4096
            m.stack[vmf + VMF_FLAGS] = 0
            m.stack[vmf + VMF_PMD] = pmd
            m.stack[vmf + VMF_PTE] = slot + i
            m.stack[vmf + VMF_ORIG_PTE] = m.pte[slot + i]
            fault = do_swap_page(m, k, vmf)
            if fault & VM_FAULT_RETRY:
                not_modelled(m, WHY_THP)  # it sleeps until somebody ends the migration
            if fault & (VM_FAULT_ERROR | VM_FAULT_RETRY):
                result = SCAN_FAIL
        i += 1
    if result == SCAN_SUCCEED:
        lru_add_drain(m, k)
    pop(m, vmf)
    return result


# --- the copy ---
@core
def collapse_huge_page_copy(m: State, k: Rules, vma: int, first: int, hpage: int) -> int:
    """Contents go over entry by entry; what nobody else maps is free then.

    A huge page stays isolated until the last of its parts is done.
    """
    for i in range(HPAGE_PMD_NR):
        slot = first + i
        src = mapped_by(m, m.pte[slot])
        if src == NO_PAGE:
            add_mm_counter(m, m.vma_mm[vma], MM_ANONPAGES, 1)
        else:
            m.page_tag[hpage + i] = m.page_tag[src]
            if page_compound(m, src) == 0:
                release_pte_page(m, k, src)
        m.pte[slot] = 0
        if src != NO_PAGE:
            page_remove_rmap(m, k, src, vma)
            free_swap_cache(m, k, src)
            put_page(m, k, src)
            head = compound_head(m, src)
            if page_compound(m, head):
                if maps_part_of(m, slot + 1, first + HPAGE_PMD_NR, head) == 0:
                    release_pte_page(m, k, head)
    return 0
