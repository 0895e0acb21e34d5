# SPDX-License-Identifier: GPL-2.0-or-later
"""ksmd: which page comes next, and what becomes of it.  Source: mm/ksm.c."""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head, page_compound
from linuxmm.mm.folio_walk import take_page
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.ksm.age import should_skip_rmap_item
from linuxmm.mm.ksm.breaking import break_cow, find_mergeable_vma
from linuxmm.mm.ksm.items import (
    get_next_rmap_item,
    remove_rmap_item_from_tree,
    remove_trailing_rmap_items,
)
from linuxmm.mm.ksm.merge import (
    try_to_merge_one_page,
    try_to_merge_two_pages,
    try_to_merge_with_ksm_page,
)
from linuxmm.mm.ksm.slots import KSM_RUN_MERGE, free_mm_slot, ksm_test_exit
from linuxmm.mm.ksm.stable import stable_tree_insert, stable_tree_search
from linuxmm.mm.ksm.stable_node import (
    get_kpfn_nid,
    get_ksm_page,
    page_stable_node,
    stable_tree_append,
    take_out_of_tree,
)
from linuxmm.mm.ksm.unstable import empty_unstable_trees, unstable_tree_search_insert
from linuxmm.mm.memory.lookup import vm_normal_page_pmd
from linuxmm.mm.page import get_page, page_flag, put_page
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_offset_map
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.mm.vma import next_vma
from linuxmm.state.behaviours import B_KSM_CHECKSUM_FIRST, B_KSM_SCANNER
from linuxmm.state.constants import (
    NO_PAGE,
    NO_VMA,
    PG_LOCKED,
    SET_KSM_MERGE_ACROSS_NODES,
    SET_KSM_RUN,
    SET_KSM_USE_ZERO_PAGES,
    SET_ZERO_PAGE,
    TRAP_NONE,
    VM_MERGEABLE,
)
from linuxmm.state.layout import (
    KSM_MM_FIRST,
    KSM_SCAN_ADDR,
    KSM_SCAN_ITEM,
    KSM_SCAN_MM,
    SIZE_Q,
    TRAP_CODE,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_SCAN_GET_NEXT_RMAP_ITEM
from linuxmm.state.vocabulary import GIVES_STOP
from linuxmm.uapi import PAGE_SIZE

CHECKSUM_SEED: Final = 0x2D35_8DCC_AA6C_78A5  # no content that a scenario writes has checksum 0


# struct ksm_next_page_arg: m.stack[found + ...]
FOUND_PAGE: Final = 0
FOUND_ADDR: Final = 1
NR_FOUND: Final = 2


# --- the next page ---
@core
def _set_cursor(m: State, mm: int) -> int:
    """Before the first address of an mm (0: before the first mm)."""
    m.ksm[KSM_SCAN_MM] = mm
    m.ksm[KSM_SCAN_ADDR] = 0
    m.ksm[KSM_SCAN_ITEM] = 0
    return 0


@core
def _start_pass(m: State, k: Rules) -> int:
    """Batches of every CPU drained, stale nodes that were set aside freed, unstable trees empty."""
    lru_add_drain_all(m, k)
    if m.setting[SET_KSM_MERGE_ACROSS_NODES] == 0:
        for node in range(1, m.used[SIZE_Q]):
            if m.stable_page[node] and m.stable_misplaced[node]:
                page = get_ksm_page(m, k, node, 0)
                if page != NO_PAGE:
                    put_page(m, k, page)
    return empty_unstable_trees(m)


@core
def _step_over(m: State, refused: int, vma: int) -> int:
    """The scanner passes a page over: by its site record to the next address, or the next VMA."""
    addr = m.ksm[KSM_SCAN_ADDR] + PAGE_SIZE
    m.ksm[KSM_SCAN_ADDR] = m.vma_end[vma] if refused == GIVES_STOP else addr
    return 0


@core
def _next_page_followed(m: State, k: Rules, vma: int) -> int:
    """The next page of the VMA, address by address through follow_page, with a reference."""
    site = SITE_SCAN_GET_NEXT_RMAP_ITEM
    while m.ksm[KSM_SCAN_ADDR] < m.vma_end[vma]:
        addr = m.ksm[KSM_SCAN_ADDR]
        page = site_follow_page(m, k, site, vma, addr)
        refused = refused_page(m, k, site, page, vma, 0, 0)
        if refused == 0:
            take_page(m, k, site, page)
            return page
        _step_over(m, refused, vma)
    return NO_PAGE


@core
def ksm_next_page_pmd_entry(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """The first page of a table that may be merged: 1, with a reference; 0: there is none."""
    site = SITE_SCAN_GET_NEXT_RMAP_ITEM
    vma = m.stack[walk + WALK_VMA]
    found = m.stack[walk + WALK_PRIVATE]
    if pmd_trans_huge(m, pmd):
        return _next_of_leaf(m, k, pmd_val(m, pmd), addr, vma, found)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        if pte_present(pte):
            page = site_page(m, k, site, vma, addr, pte)
            refused = refused_page(m, k, site, page, vma, 0, 0)
            if refused == GIVES_STOP:
                return 0
            if refused == 0:
                get_page(m, page)
                m.stack[found + FOUND_PAGE] = page
                m.stack[found + FOUND_ADDR] = addr
                return 1
        slot += 1
        addr += PAGE_SIZE
    return 0


@core
def _next_of_leaf(m: State, k: Rules, word: int, addr: int, vma: int, found: int) -> int:
    """The part of a huge page that the leaf maps at an address, as a page that may be merged."""
    page = vm_normal_page_pmd(m, k, vma, addr, word, is_huge_zero_pmd(m, word))
    if page == NO_PAGE or refused_page(m, k, SITE_SCAN_GET_NEXT_RMAP_ITEM, page, vma, 0, 0):
        return 0
    get_page(m, page)
    m.stack[found + FOUND_PAGE] = page + (addr >> 12 & HPAGE_PMD_NR - 1)
    m.stack[found + FOUND_ADDR] = addr
    return 1


ksm_next_page_walk: Final = page_walk("ksm_next_page_walk", ksm_next_page_pmd_entry)


@core
def _next_page_walked(m: State, k: Rules, vma: int) -> int:
    """The next page of the VMA by walking its page tables, with a reference."""
    found = push(m, NR_FOUND)
    m.stack[found + FOUND_PAGE] = NO_PAGE
    m.stack[found + FOUND_ADDR] = m.vma_end[vma]
    ksm_next_page_walk(m, k, m.vma_mm[vma], m.ksm[KSM_SCAN_ADDR], m.vma_end[vma], found)
    page = m.stack[found + FOUND_PAGE]
    m.ksm[KSM_SCAN_ADDR] = m.stack[found + FOUND_ADDR]
    pop(m, found)
    return page


@core
def _next_page(m: State, k: Rules, vma: int) -> int:
    """The next page of the VMA from the cursor on, with a reference; NO_PAGE: none is left."""
    if m.ksm[KSM_SCAN_ADDR] >= m.vma_end[vma]:
        return NO_PAGE
    if behaviour(m, k, B_KSM_SCANNER):
        return _next_page_walked(m, k, vma)
    return _next_page_followed(m, k, vma)


@core
def _next_in_mm(m: State, k: Rules, mm: int) -> int:
    """The item of the next page of this mm (the page in m.out[0]); 0: none is left."""
    if ksm_test_exit(m, mm):
        return _set_cursor(m, mm)
    vma = next_vma(m, mm, m.ksm[KSM_SCAN_ADDR])
    while vma != NO_VMA:
        if m.vma_flags[vma] & VM_MERGEABLE:
            if m.ksm[KSM_SCAN_ADDR] < m.vma_start[vma]:
                m.ksm[KSM_SCAN_ADDR] = m.vma_start[vma]
            if m.vma_anon_vma[vma] == 0:
                m.ksm[KSM_SCAN_ADDR] = m.vma_end[vma]
            page = _next_page(m, k, vma)
            while page != NO_PAGE:
                item = _item_of(m, k, mm, page)
                if item == 0 or should_skip_rmap_item(m, k, item, page) == 0:
                    return item
                put_page(m, k, page)
                page = _next_page(m, k, vma)
        vma = next_vma(m, mm, m.vma_end[vma])
    return 0


@core
def _item_of(m: State, k: Rules, mm: int, page: int) -> int:
    item = get_next_rmap_item(m, k, mm, m.ksm[KSM_SCAN_ADDR])
    if item == 0:
        return put_page(m, k, page)
    m.ksm[KSM_SCAN_ITEM] = item
    m.ksm[KSM_SCAN_ADDR] = m.ksm[KSM_SCAN_ADDR] + PAGE_SIZE
    m.out[0] = page
    return item


@core
def scan_get_next_rmap_item(m: State, k: Rules) -> int:
    """The item of the next page (m.out[0], with a reference); 0 at the end of a pass.

    Items behind the last page of an mm are freed; an mm without mergeable areas leaves the list.
    """
    if m.ksm[KSM_MM_FIRST] == 0:
        return 0
    mm = m.ksm[KSM_SCAN_MM]
    if mm == 0:
        _start_pass(m, k)
        mm = m.ksm[KSM_MM_FIRST]
        _set_cursor(m, mm)
    while mm:
        item = _next_in_mm(m, k, mm)
        if item or m.scratch[TRAP_CODE] != TRAP_NONE:
            return item
        remove_trailing_rmap_items(m, k, mm, m.ksm[KSM_SCAN_ITEM])
        done = m.ksm[KSM_SCAN_ADDR] == 0
        following = m.mm_ksm_next[mm]
        _set_cursor(m, following)
        if done:
            free_mm_slot(m, mm)
        mm = following
    m.ksm_full_scans[0] = m.ksm_full_scans[0] + 1
    return 0


# --- what becomes of it ---
@core
def calc_checksum(m: State, page: int) -> int:
    """Stands for the kernel's hash of the contents; contents of other tags never collide."""
    return m.page_tag[page] ^ CHECKSUM_SEED


@core
def cmp_and_merge_page(m: State, k: Rules, page: int, item: int) -> int:
    """Stable tree, checksum, zero page, unstable tree: the first that fits ends it.

    In later kernels checksum and zero page come first.
    """
    node = page_stable_node(m, page)
    if node:
        if m.stable_misplaced[node] == 0:
            if get_kpfn_nid(m, m.stable_page[node]) != m.stable_nid[node]:
                take_out_of_tree(m, node)
            elif m.item_node[item] == node:
                return 0
    checksum_first = behaviour(m, k, B_KSM_CHECKSUM_FIRST)
    if node == 0 and checksum_first:
        remove_rmap_item_from_tree(m, k, item)
        if _is_settled(m, k, page, item):
            return 0
    kpage = stable_tree_search(m, k, page)
    if kpage == page and m.item_node[item] == node:
        return put_page(m, k, kpage)
    remove_rmap_item_from_tree(m, k, item)
    if kpage < 0:
        return 0
    if kpage != NO_PAGE:
        if try_to_merge_with_ksm_page(m, k, item, page, kpage) == 0:
            stable_tree_append(m, item, page_stable_node(m, kpage))
        return put_page(m, k, kpage)
    if checksum_first == 0 and _is_settled(m, k, page, item):
        return 0
    return _search_unstable_tree(m, k, page, item)


@core
def _is_settled(m: State, k: Rules, page: int, item: int) -> int:
    """Is that all for this pass: the contents changed, or the zero page took the page's place?"""
    checksum = calc_checksum(m, page)
    if m.item_checksum[item] != checksum:
        m.item_checksum[item] = checksum
        return 1
    if m.setting[SET_KSM_USE_ZERO_PAGES] and checksum == CHECKSUM_SEED:
        return _merge_with_zero_page(m, k, page, item)
    return 0


@core
def _merge_with_zero_page(m: State, k: Rules, page: int, item: int) -> int:
    """Is the item settled: its page became the zero page, or its area is gone?"""
    vma = find_mergeable_vma(m, m.item_mm[item], m.item_addr[item])
    if vma == NO_VMA:
        return 1
    err = try_to_merge_one_page(m, k, vma, page, m.setting[SET_ZERO_PAGE])
    return 1 if err == 0 else 0


@core
def _search_unstable_tree(m: State, k: Rules, page: int, item: int) -> int:
    """Two pages of equal content become the first mappings of a stable node."""
    tree_item = unstable_tree_search_insert(m, k, item, page)
    if tree_item == 0:
        return 0
    tree_page = m.out[0]
    err = try_to_merge_two_pages(m, k, item, page, tree_item, tree_page)
    of_one = page_compound(m, page) and compound_head(m, page) == compound_head(m, tree_page)
    put_page(m, k, tree_page)
    if err != 0:  # two parts of one huge page: held twice it could not be split
        return split_huge_page(m, k, page) if of_one and page_flag(m, page, PG_LOCKED) == 0 else 0
    node = stable_tree_insert(m, k, page)
    if node:
        stable_tree_append(m, tree_item, node)
        return stable_tree_append(m, item, node)
    break_cow(m, k, tree_item)
    return break_cow(m, k, item)


# --- the daemon ---
@core
def ksm_do_scan(m: State, k: Rules, npages: int) -> int:
    """Look at the next `npages` pages (0: as many as there are), at most to the end of a pass."""
    n = 0
    while npages == 0 or n < npages:
        item = scan_get_next_rmap_item(m, k)
        if item == 0 or m.scratch[TRAP_CODE] != TRAP_NONE:
            break
        page = m.out[0]
        cmp_and_merge_page(m, k, page, item)
        put_page(m, k, page)
        n += 1
    m.out[0] = 0
    return 0


@core
def ksmd(m: State, k: Rules, npages: int, passes: int) -> int:
    """A turn of the daemon over `npages` pages, or (0) over whole passes: at least one.

    It scans only while /sys/kernel/mm/ksm/run is 1.  Source: mm/ksm.c:ksm_scan_thread.
    """
    if m.setting[SET_KSM_RUN] & KSM_RUN_MERGE == 0:
        return 0
    for _ in range(max(passes, 1)):
        ksm_do_scan(m, k, npages)
    return 0
