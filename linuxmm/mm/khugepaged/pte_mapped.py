# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables that map the parts of a huge page of shmem, and are not needed: a leaf would do.

Source: mm/khugepaged.c (collapse_pte_mapped_thp, retract_page_tables,
khugepaged_add_pte_mapped_thp, khugepaged_collapse_pte_mapped_thps, set_huge_pmd).
Addresses that have to wait stand in m.mm_pte_mapped, up to 8 of each process.
"""

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, HPAGE_PMD_SIZE
from linuxmm.mm.huge_memory.vma import hugepage_vma_check
from linuxmm.mm.khugepaged.result import (
    SCAN_FAIL,
    SCAN_PAGE_ANON,
    SCAN_PAGE_NULL,
    SCAN_PMD_MAPPED,
    SCAN_PTE_MAPPED_HUGEPAGE,
    SCAN_PTE_NON_PRESENT,
    SCAN_PTE_UFFD_WP,
    SCAN_SUCCEED,
    SCAN_VMA_CHECK,
    find_pmd_or_thp_or_none,
)
from linuxmm.mm.khugepaged.slots import MAX_PTE_MAPPED_THP, khugepaged_add_pte_mapped_thp
from linuxmm.mm.memory.leaf import do_set_pmd
from linuxmm.mm.memory.rss import add_mm_counter
from linuxmm.mm.page import event, not_modelled, page_flag, put_page_refs
from linuxmm.mm.pgtable import deposited_pte, set_pmd, walk_to_pmd
from linuxmm.mm.rmap import linear_page_index, mm_counter, page_remove_rmap
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.vma import find_vma
from linuxmm.state.behaviours import B_RETRACTS_TABLES
from linuxmm.state.constants import (
    EVENT_OOPS,
    EVENT_WARN,
    NO_PAGE,
    NO_VMA,
    OPS_SHMEM,
    PG_HEAD,
    PG_LOCKED,
    SET_WARNED,
    VM_UFFD_WP,
    WHY_SHMEM_HUGE,
)
from linuxmm.state.layout import MIGRATE_PHASE, MIGRATE_VMA, SIZE_V, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_COLLAPSE_PTE_MAPPED_THP, SITE_COLLAPSE_PTE_MAPPED_THP_2
from linuxmm.state.vocabulary import GIVES_OOPS, GIVES_WARN


# --- what has to wait ---
@core
def mmap_write_trylock(m: State, mm: int) -> int:
    """Is nobody in the middle of something with this mm?  Between the phases of a migration its
    driver is, until the pages have moved."""
    held = m.migrate[MIGRATE_PHASE] == 1 and m.vma_mm[m.migrate[MIGRATE_VMA]] == mm
    return 0 if held else 1


@core
def khugepaged_collapse_pte_mapped_thps(m: State, k: Rules, mm: int) -> int:
    """Every address that waits has its turn, whatever becomes of it."""
    first = mm * MAX_PTE_MAPPED_THP
    if m.mm_pte_mapped[first] == 0 or mmap_write_trylock(m, mm) == 0:
        return 0
    for i in range(first, first + MAX_PTE_MAPPED_THP):
        if m.mm_pte_mapped[i]:
            collapse_pte_mapped_thp(m, k, mm, m.mm_pte_mapped[i], 0)
            m.mm_pte_mapped[i] = 0
    return 0


# --- a table of the parts ---
@core
def collapse_pte_mapped_thp(m: State, k: Rules, mm: int, haddr: int, install: int) -> int:
    """The table goes if it maps nothing but parts of the huge page of its place: SCAN_*.

    `install`: a leaf takes its place; else the next access brings one.
    """
    vma = find_vma(m, mm, haddr)
    if vma == NO_VMA:
        return SCAN_VMA_CHECK
    pmd = walk_to_pmd(m, vma, haddr)
    result = find_pmd_or_thp_or_none(m, pmd, haddr)
    if result == SCAN_PMD_MAPPED:
        return result
    if m.vma_ops[vma] != OPS_SHMEM or m.vma_end[vma] < haddr + HPAGE_PMD_SIZE:
        return SCAN_VMA_CHECK
    if hugepage_vma_check(m, vma, m.vma_flags[vma], 0) == 0:
        return SCAN_VMA_CHECK
    if m.vma_flags[vma] & VM_UFFD_WP:
        return SCAN_PTE_UFFD_WP
    hpage = cached_at(m, vma, haddr)
    if hpage == NO_PAGE:
        return SCAN_PAGE_NULL
    if page_flag(m, hpage, PG_LOCKED):
        not_modelled(m, WHY_SHMEM_HUGE)  # it sleeps until somebody ends the migration
    if m.page_flags[hpage] & PG_HEAD == 0:
        return SCAN_FAIL
    if result == SCAN_SUCCEED:
        result = _collapse_table(m, k, vma, pmd, haddr, hpage)
    else:
        result = SCAN_SUCCEED  # nothing is mapped: SCAN_PMD_NONE
    if result == SCAN_SUCCEED and install:
        return set_huge_pmd(m, k, vma, pmd, hpage)
    return result


@core
def cached_at(m: State, vma: int, addr: int) -> int:
    """The page that the cache of the VMA's file has for an address; or NO_PAGE."""
    file = m.vma_file[vma]
    index = linear_page_index(m, vma, addr)
    if index >= m.file_nr_pages[file]:
        return NO_PAGE
    return m.cache_page[m.file_first[file] + index]


@core
def set_huge_pmd(m: State, k: Rules, vma: int, pmd: int, hpage: int) -> int:
    """A leaf as by a read fault: SCAN_*."""
    return SCAN_SUCCEED if do_set_pmd(m, k, vma, pmd, hpage, 0) else SCAN_FAIL


@core
def _collapse_table(m: State, k: Rules, vma: int, pmd: int, haddr: int, hpage: int) -> int:
    """All entries are looked at before one of them is given up."""
    slot = deposited_pte(pmd, haddr)
    mapped = 0
    for i in range(HPAGE_PMD_NR):
        pte = m.pte[slot + i]
        if pte_none(pte) == 0:
            if pte_present(pte) == 0:
                return SCAN_PTE_NON_PRESENT
            site = SITE_COLLAPSE_PTE_MAPPED_THP
            if _refused(m, k, site, vma, haddr + i * 4096, pte, hpage + i):
                return SCAN_FAIL
            mapped += 1
    for i in range(HPAGE_PMD_NR):
        pte = m.pte[slot + i]
        if pte_none(pte) == 0:
            site = SITE_COLLAPSE_PTE_MAPPED_THP_2
            if _refused(m, k, site, vma, haddr + i * 4096, pte, hpage + i):
                return SCAN_FAIL
            page_remove_rmap(m, k, hpage + i, vma)
    if mapped:
        put_page_refs(m, k, hpage, mapped)
        add_mm_counter(m, m.vma_mm[vma], mm_counter(m, hpage), -mapped)
    collapse_and_free_pmd(m, pmd, haddr)
    return SCAN_SUCCEED


@core
def _refused(m: State, k: Rules, site: int, vma: int, addr: int, pte: int, expected: int) -> int:
    """Is the page of an entry not the part that belongs there?"""
    page = site_page(m, k, site, vma, addr, pte)
    refused = refused_page(m, k, site, page, vma, 0, expected)
    if refused == GIVES_WARN:
        warn_once(m, site, pte_pfn(pte), addr)
    if refused == GIVES_OOPS:
        event(m, EVENT_OOPS, site, pte_pfn(pte), addr)
    return 1 if refused else 0


@core
def warn_once(m: State, site: int, pfn: int, addr: int) -> int:
    """WARN_ON_ONCE: what the site does not expect is logged the first time."""
    if m.setting[SET_WARNED] >> site & 1:
        return 0
    m.setting[SET_WARNED] = m.setting[SET_WARNED] | 1 << site
    return event(m, EVENT_WARN, site, pfn, addr)


@core
def collapse_and_free_pmd(m: State, pmd: int, haddr: int) -> int:
    """The table goes, with what its entries said."""
    slot = deposited_pte(pmd, haddr)
    for i in range(HPAGE_PMD_NR):
        m.pte[slot + i] = 0
    return set_pmd(m, pmd, 0)


# --- after a collapse of the file ---
@core
def retract_page_tables(
    m: State, k: Rules, hpage: int, file: int, mm: int, addr: int, is_khugepaged: int
) -> int:
    """Tables of everybody who maps these 2 MiB of the file, by now empty, go.

    MADV_COLLAPSE leaves those of others to khugepaged, and installs a leaf in its own: what became
    of that is given (SCAN_*).  khugepaged asks for nothing.  Where all go, its caller installs it.
    """
    target = SCAN_FAIL
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] and m.vma_file[vma] == file and m.vma_ops[vma] == OPS_SHMEM:
            at = m.vma_start[vma] + ((m.page_index[hpage] - m.vma_pgoff[vma]) << 12)
            if at < m.vma_end[vma] and at + HPAGE_PMD_SIZE > m.vma_start[vma]:
                mine = 1 if m.vma_mm[vma] == mm and at == addr else 0
                result = _retract(m, k, vma, at, hpage, mine, is_khugepaged)
                if mine:
                    target = result
    if behaviour(m, k, B_RETRACTS_TABLES):
        return SCAN_SUCCEED if is_khugepaged else SCAN_PTE_MAPPED_HUGEPAGE
    return target


@core
def _retract(
    m: State, k: Rules, vma: int, at: int, hpage: int, mine: int, is_khugepaged: int
) -> int:
    """The table of one VMA: SCAN_*.  A private mapping that was written to is left alone."""
    if m.vma_anon_vma[vma]:
        return SCAN_PAGE_ANON
    if at & HPAGE_PMD_SIZE - 1 or at < m.vma_start[vma] or m.vma_end[vma] < at + HPAGE_PMD_SIZE:
        return SCAN_VMA_CHECK
    pmd = walk_to_pmd(m, vma, at)
    result = find_pmd_or_thp_or_none(m, pmd, at)
    if result != SCAN_SUCCEED:
        return result
    everybody = behaviour(m, k, B_RETRACTS_TABLES)
    theirs = is_khugepaged == 0 and mine == 0
    if everybody == 0 and (theirs or mmap_write_trylock(m, m.vma_mm[vma]) == 0):
        if mine == 0:
            khugepaged_add_pte_mapped_thp(m, m.vma_mm[vma], at)
        return SCAN_PTE_MAPPED_HUGEPAGE
    if m.vma_flags[vma] & VM_UFFD_WP:
        return SCAN_PTE_UFFD_WP
    collapse_and_free_pmd(m, pmd, at)
    if mine and is_khugepaged == 0 and everybody == 0:
        return set_huge_pmd(m, k, vma, pmd, hpage)
    return SCAN_SUCCEED
