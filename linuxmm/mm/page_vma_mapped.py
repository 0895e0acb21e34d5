# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a page is mapped in a VMA.

Source: mm/page_vma_mapped.c, mm/rmap.c (rmap_walk_anon, rmap_walk_file), mm/ksm.c:rmap_walk_ksm.
A walk of the reverse map is made here by VMA row, by the kernel in the order of its interval tree.
"""

from linuxmm.arch.x86.pgtable import pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head, page_compound, total_mapcount
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.page import page_ksm, page_mapping_row, page_to_pfn
from linuxmm.mm.pgtable import pmd_trans_huge, pte_of, pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import anon_vma_covers, rmap_address
from linuxmm.state.layout import SIZE_K, SIZE_V, State
from linuxmm.state.rules import Rules


# --- where to look ---
@core
def rmap_walk_address(m: State, page: int, vma: int, after: int) -> int:
    """The next address above `after` at which the page's reverse map looks in this VMA; or -1.

    An anonymous or file page has at most one place in a VMA, a KSM page as many as it has
    rmap items there.  Start with `after` -1.
    """
    if page_ksm(m, page):
        return _ksm_address(m, page, vma, after)
    addr = rmap_address(m, page, vma)
    return addr if addr > after else -1


@core
def _ksm_address(m: State, page: int, vma: int, after: int) -> int:
    if m.vma_mm[vma] == 0:
        return -1
    node = page_mapping_row(m, page)
    best = -1
    for item in range(1, m.used[SIZE_K]):
        if m.item_mm[item] == 0 or m.item_tree[item] != 2 or m.item_node[item] != node:
            continue
        addr = m.item_addr[item]
        if addr <= after or addr < m.vma_start[vma] or addr >= m.vma_end[vma]:
            continue
        if anon_vma_covers(m, m.item_anon_vma[item], vma) and (best < 0 or addr < best):
            best = addr
    return best


# --- what stands there ---
@core
def check_pte(m: State, k: Rules, slot: int, pfn: int, migration: int) -> int:
    """Is the entry one of this frame: a mapping, or (`migration`) the entry of its migration?"""
    pte = m.pte[slot]
    if pte_present(pte):
        return 1 if migration == 0 and pte_pfn(pte) == pfn else 0
    found = is_migration_pte(k, pte) if migration else is_device_private_pte(k, pte)
    if found == 0 and is_device_exclusive_pte(k, pte) == 0:
        return 0
    return 1 if pfn_swap_entry_pfn(k, pte) == pfn else 0


@core
def mapped_at(m: State, k: Rules, page: int, vma: int, addr: int) -> int:
    """The slot of an address whose entry maps the page, present or as device memory; 0: none.

    Source: mm/page_vma_mapped.c:page_vma_mapped_walk for one address.
    """
    pmd = walk_to_pmd(m, vma, addr)
    pfn = page_to_pfn(m, page)
    if pmd_trans_huge(m, pmd) and pte_pfn(pte_of(m, pmd, addr)) != pfn:
        return 0
    slot = pte_offset_map(m, pmd, addr)
    return slot if check_pte(m, k, slot, pfn, 0) else 0


@core
def next_mapping(m: State, k: Rules, page: int, vma: int, after: int) -> int:
    """The next address above `after` that maps the page in this VMA (`mapped_at`); or -1."""
    addr = rmap_walk_address(m, page, vma, after)
    while addr >= 0 and mapped_at(m, k, page, vma, addr) == 0:
        addr = rmap_walk_address(m, page, vma, addr)
    return addr


@core
def folio_maybe_mapped_shared(m: State, page: int) -> int:
    """Do several processes map a folio; of a small page: is it mapped more than once?

    Source: include/linux/mm.h.  Not modelled: that of three or more processes the kernel may still
    see several where one is left.
    """
    head = compound_head(m, page)
    count = total_mapcount(m, head)
    if count <= 1 or page_compound(m, page) == 0:
        return 1 if count > 1 else 0
    found = 0
    for vma in range(1, m.used[SIZE_V]):
        mm = m.vma_mm[vma]
        if mm == 0 or mm == found or folio_is_mapped_in(m, head, vma) == 0:
            continue
        if found:
            return 1
        found = mm
    return 0


@core
def folio_is_mapped_in(m: State, head: int, vma: int) -> int:
    """Does the VMA map any part of the large folio?"""
    for part in range(head, head + HPAGE_PMD_NR):
        if page_vma_mapped_walk(m, part, vma, -1) >= 0:
            return 1
    return 0


@core
def page_vma_mapped_walk(m: State, page: int, vma: int, after: int) -> int:
    """The next address above `after` at which the VMA maps the page, by a PTE or a leaf; or -1."""
    pfn = page_to_pfn(m, page)
    addr = rmap_walk_address(m, page, vma, after)
    while addr >= 0:
        pte = pte_of(m, walk_to_pmd(m, vma, addr), addr)
        if pte_present(pte) and pte_pfn(pte) == pfn:
            return addr
        addr = rmap_walk_address(m, page, vma, addr)
    return -1
