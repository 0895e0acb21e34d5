# SPDX-License-Identifier: GPL-2.0-or-later
"""Taking entries away: munmap, exit, MADV_DONTNEED.  Source: mm/memory.c:zap_pte_range.

`details` is null, or those of truncation: of holes, which keep the private copies (anonymous pages)
of a file mapping, or of files that become shorter; or those of areas that go as a whole, with the
marks that userfaultfd has left in them.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    pte_none,
    pte_pfn,
    pte_present,
    swp_offset,
)
from linuxmm.core import core
from linuxmm.mm.compound import page_mapcount
from linuxmm.mm.huge_memory.range import zap_huge_pmd
from linuxmm.mm.huge_memory.split_pmd import split_huge_pmd
from linuxmm.mm.hugetlb.range import unmap_hugepage_range
from linuxmm.mm.memory.batch import FPB_IGNORE_ALL, folio_pte_batch
from linuxmm.mm.memory.marker import pte_install_uffd_wp_if_needed
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    is_real_swap_pte,
    pfn_swap_entry_pfn,
    pte_marker_uffd_wp,
)
from linuxmm.mm.memory.rss import add_mm_rss_vec, add_rss, init_rss_vec, sync_current_rss
from linuxmm.mm.page import event, page_anon, pfn_to_page, put_page
from linuxmm.mm.pgtable import (
    PMD_SIZE,
    pmd_addr_end,
    pmd_none,
    pmd_trans_huge,
    pte_offset_map,
    walk_to_pmd,
)
from linuxmm.mm.rmap import mm_counter, page_remove_rmap, page_remove_rmap_ptes
from linuxmm.mm.sites import behaviour, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import mark_page_accessed, set_page_dirty
from linuxmm.mm.swapfile import free_swap_and_cache, free_swap_cache
from linuxmm.state.behaviours import B_ZAP_KEEPS
from linuxmm.state.constants import (
    EVENT_BAD_PAGE_MAP,
    EVENT_BAD_RSS,
    MM_SWAPENTS,
    NO_PAGE,
    NR_MM_COUNTERS,
    VM_HUGETLB,
    VM_SEQ_READ,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_ZAP_PTE_RANGE

KEEP_COWS: Final = 1  # struct zap_details: even_cows
ZAP_COWS: Final = 2
DROP_MARKERS: Final = 3  # zap_flags, of unmap_vmas


@core
def zap_page_range(m: State, k: Rules, vma: int, start: int, end: int, details: int) -> int:
    """Clear every entry of [start, end) of one VMA and drop what they held."""
    if m.vma_flags[vma] & VM_HUGETLB:
        return unmap_hugepage_range(m, k, vma, start, end, NO_PAGE)
    sync_current_rss(m, m.vma_mm[vma])  # also where all is empty: there may be a table
    return zap_pmd_range(m, k, vma, start, end, details)


@core
def zap_pmd_range(m: State, k: Rules, vma: int, addr: int, end: int, details: int) -> int:
    """The leaves and tables of the range; a leaf that is not meant as a whole is made a table."""
    while addr < end:
        stop = pmd_addr_end(addr, end)
        pmd = walk_to_pmd(m, vma, addr)
        if pmd_trans_huge(m, pmd):
            if stop - addr == PMD_SIZE:
                zap_huge_pmd(m, k, vma, pmd)
            else:
                split_huge_pmd(m, k, vma, pmd, addr)
        if pmd_none(m, pmd, addr, stop) == 0:
            zap_pte_range(m, k, vma, pmd, addr, stop, details)
        addr = stop
    return 0


@core
def zap_pte_range(m: State, k: Rules, vma: int, pmd: int, addr: int, end: int, details: int) -> int:
    """The entries of one table."""
    rss = push(m, NR_MM_COUNTERS)
    init_rss_vec(m, rss)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        nr = 1
        if pte_none(pte) == 0:
            if pte_present(pte):
                nr = _zap_present(m, k, vma, addr, slot, end - addr >> 12, rss, details)
            else:
                _zap_nonpresent(m, k, vma, slot, rss, details)
        slot += nr
        addr += nr * 4096
    add_mm_rss_vec(m, m.vma_mm[vma], rss)
    return pop(m, rss)


@core
def _zap_present(
    m: State, k: Rules, vma: int, addr: int, slot: int, most: int, rss: int, details: int
) -> int:
    """zap_present_ptes: an entry, or several that map parts of a huge page: how many."""
    pte = m.pte[slot]
    page = site_page(m, k, SITE_ZAP_PTE_RANGE, vma, addr, pte)
    if details == KEEP_COWS and page != NO_PAGE and page_anon(m, page):
        return 1
    if page == NO_PAGE:
        m.pte[slot] = 0
        zap_install_uffd_wp_if_needed(m, k, vma, slot, details, pte)
        return 1
    nr = folio_pte_batch(m, k, page, slot, most, FPB_IGNORE_ALL)
    for i in range(nr):
        pte |= m.pte[slot + i] & (PAGE_DIRTY | PAGE_ACCESSED)
        m.pte[slot + i] = 0
        zap_install_uffd_wp_if_needed(m, k, vma, slot + i, details, pte)
    if page_anon(m, page) == 0:
        if pte & PAGE_DIRTY:
            set_page_dirty(m, page)
        if pte & PAGE_ACCESSED and m.vma_flags[vma] & VM_SEQ_READ == 0:
            mark_page_accessed(m, k, page)
    add_rss(m, rss, mm_counter(m, page), -nr)
    if nr == 1:
        page_remove_rmap(m, k, page, vma)
    else:
        page_remove_rmap_ptes(m, k, page, nr, vma)
    if page_mapcount(m, page) < 0:
        event(m, EVENT_BAD_PAGE_MAP, SITE_ZAP_PTE_RANGE, pte_pfn(pte), addr)
    for i in range(nr):
        free_swap_cache(m, k, page + i)  # free_pages_and_swap_cache, as the batch of pages is freed
        put_page(m, k, page + i)
    return nr


@core
def _zap_nonpresent(m: State, k: Rules, vma: int, slot: int, rss: int, details: int) -> int:
    pte = m.pte[slot]
    if is_device_private_pte(k, pte) or is_device_exclusive_pte(k, pte):
        page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
        if details == KEEP_COWS and page_anon(m, page):
            return 0
        m.pte[slot] = 0
        add_rss(m, rss, mm_counter(m, page), -1)
        if is_device_private_pte(k, pte):
            page_remove_rmap(m, k, page, vma)
        put_page(m, k, page)
        return zap_install_uffd_wp_if_needed(m, k, vma, slot, details, pte)
    if pte_marker_uffd_wp(k, pte):
        m.pte[slot] = 0
        return zap_install_uffd_wp_if_needed(m, k, vma, slot, details, pte)
    if details in (KEEP_COWS, ZAP_COWS) and behaviour(m, k, B_ZAP_KEEPS) == 0:
        return 0
    if details == KEEP_COWS and is_real_swap_pte(k, pte):
        return 0
    if is_real_swap_pte(k, pte):
        add_rss(m, rss, MM_SWAPENTS, -1)
        free_swap_and_cache(m, k, swp_offset(pte))
    elif is_migration_pte(k, pte):
        page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
        if details == KEEP_COWS and page_anon(m, page):
            return 0
        add_rss(m, rss, mm_counter(m, page), -1)
    m.pte[slot] = 0
    return zap_install_uffd_wp_if_needed(m, k, vma, slot, details, pte)


@core
def zap_install_uffd_wp_if_needed(
    m: State, k: Rules, vma: int, slot: int, details: int, pte: int
) -> int:
    """What was protected leaves its mark, unless the area itself goes."""
    return 0 if details == DROP_MARKERS else pte_install_uffd_wp_if_needed(m, k, vma, slot, pte)


@core
def check_mm(m: State, mm: int) -> int:
    """When an mm is freed every rss counter must be zero (kernel/fork.c:check_mm)."""
    for which in range(NR_MM_COUNTERS):
        if m.mm_rss[mm * NR_MM_COUNTERS + which] != 0:
            event(m, EVENT_BAD_RSS, 0, which, m.mm_rss[mm * NR_MM_COUNTERS + which])
    return 0
