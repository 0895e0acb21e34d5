# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a page is mapped in a VMA.  Source: mm/page_vma_mapped.c, mm/ksm.c:rmap_walk_ksm."""

from linuxmm.arch.x86.pgtable import pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.page import page_ksm, page_mapping_row, page_to_pfn
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.mm.rmap import anon_vma_covers, rmap_address
from linuxmm.state.layout import SIZE_K, State


@core
def maps_page_at(m: State, page: int, vma: int, addr: int) -> int:
    """Is the entry at the address a present one of this page (check_pte)?"""
    pte = m.pte[pte_offset_map(walk_to_pmd(m, vma, addr), addr)]
    return 1 if pte_present(pte) and pte_pfn(pte) == page_to_pfn(m, page) else 0


@core
def page_vma_mapped_walk(m: State, page: int, vma: int, after: int) -> int:
    """The next address above `after` at which the VMA maps the page; -1 when there is none.

    An anonymous or file page has at most one place in a VMA, a KSM page as many as it has
    rmap items there.  Start with `after` -1.
    """
    if page_ksm(m, page):
        return _ksm_mapped(m, page, vma, after)
    addr = rmap_address(m, page, vma)
    if addr <= after or maps_page_at(m, page, vma, addr) == 0:
        return -1
    return addr


@core
def _ksm_mapped(m: State, page: int, vma: int, after: int) -> int:
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
        if anon_vma_covers(m, m.item_anon_vma[item], vma) == 0:
            continue
        if maps_page_at(m, page, vma, addr) and (best < 0 or addr < best):
            best = addr
    return best
