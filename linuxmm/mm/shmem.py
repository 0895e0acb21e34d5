# SPDX-License-Identifier: GPL-2.0-or-later
"""Huge pages of shmem: when a hole gets one, and how it enters the cache of its file.

Source: mm/shmem.c (shmem_is_huge, shmem_alloc_hugefolio, shmem_add_to_page_cache,
shmem_get_folio_gfp; of later kernels shmem_huge_global_enabled, shmem_allowable_huge_orders,
shmem_suitable_orders).  A huge page is in the cache of its file once for each of its parts: 512
references.  Parts beyond the end of the file have no place there that anybody could look at, but
their references all the same.  Not modelled: other mount options of a tmpfs than those of the
kernel's own mount, which shmem_enabled sets; folios of other sizes, which no kernel makes of shmem
unless it is told to (hugepages-*/shmem_enabled).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, HPAGE_PMD_SIZE
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge_fault
from linuxmm.mm.mempolicy.alloc import alloc_thp_task
from linuxmm.mm.page import not_modelled, set_page_flag
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, lru_cache_add
from linuxmm.state.behaviours import B_SHMEM_HUGE
from linuxmm.state.constants import (
    MAPPING_SHIFT,
    NO_PAGE,
    NO_VMA,
    PG_SWAPBACKED,
    PG_UPTODATE,
    SET_SHMEM_ENABLED,
    SHMEM_HUGE_ADVISE,
    SHMEM_HUGE_ALWAYS,
    SHMEM_HUGE_DENY,
    SHMEM_HUGE_FORCE,
    SHMEM_HUGE_WITHIN_SIZE,
    VM_HUGEPAGE,
    VM_NOHUGEPAGE,
    WHY_SHMEM_HUGE,
)
from linuxmm.state.layout import (
    NR_FILE_PAGES,
    NR_SHMEM,
    NR_SHMEM_THPS,
    THP_FILE_ALLOC,
    THP_FILE_FALLBACK,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SIZE

FILE_AND_AREA: Final = 1  # of shmem_huge
NOT_READ: Final = 2


@core
def shmem_is_huge(m: State, vma: int, file: int, index: int, force: int) -> int:
    """May this place of the file lie in a huge page?  `vma` is whose fault it is, or NO_VMA.

    `force`: MADV_COLLAPSE asks, which only `deny` and MADV_NOHUGEPAGE keep from it.
    """
    enabled = m.setting[SET_SHMEM_ENABLED]
    flags = m.vma_flags[vma] if vma != NO_VMA else 0
    if flags & VM_NOHUGEPAGE or enabled == SHMEM_HUGE_DENY:
        return 0
    if force or enabled in (SHMEM_HUGE_FORCE, SHMEM_HUGE_ALWAYS):
        return 1
    if enabled == SHMEM_HUGE_WITHIN_SIZE:
        if (index & ~(HPAGE_PMD_NR - 1)) + HPAGE_PMD_NR <= m.file_size[file]:
            return 1
    advised = flags & VM_HUGEPAGE
    return 1 if advised and enabled in (SHMEM_HUGE_WITHIN_SIZE, SHMEM_HUGE_ADVISE) else 0


@core
def places_of_huge(m: State, file: int, index: int) -> int:
    """How many of the 512 places around this one the file has: fewer at its end."""
    if m.file_size[file] < m.file_nr_pages[file]:
        not_modelled(m, WHY_SHMEM_HUGE)  # after ftruncate there are places behind it
    first = index & ~(HPAGE_PMD_NR - 1)
    return min(HPAGE_PMD_NR, m.file_nr_pages[file] - first)


@core
def shmem_alloc_hugefolio(m: State, vma: int, file: int, index: int) -> int:
    """A huge page where none of the 512 places has a page, or one in swap; else NO_PAGE."""
    first = m.file_first[file] + (index & ~(HPAGE_PMD_NR - 1))
    for slot in range(first, first + places_of_huge(m, file, index)):
        if m.cache_page[slot] or m.cache_swap[slot]:
            return NO_PAGE
    madvised = m.vma_flags[vma] & VM_HUGEPAGE if vma != NO_VMA else 0
    head = alloc_thp_task(m, madvised)
    if head == NO_PAGE:
        count(m, THP_FILE_FALLBACK, 1)
    return head


@core
def fill_huge_cache(m: State, file: int, index: int, head: int) -> int:
    """The places of the file around `index` name the parts of a huge page from here on."""
    first = index & ~(HPAGE_PMD_NR - 1)
    m.page_mapping[head] = file << MAPPING_SHIFT
    m.page_index[head] = first
    for i in range(places_of_huge(m, file, index)):
        m.cache_page[m.file_first[file] + first + i] = head + i
    set_page_flag(m, head, PG_UPTODATE | PG_SWAPBACKED)
    m.page_refcount[head] = m.page_refcount[head] + HPAGE_PMD_NR - 1  # one it has already
    return count(m, NR_SHMEM_THPS, 1)


@core
def area_holds(m: State, vma: int, index: int) -> int:
    """Could the area map the huge page around this place by a leaf?  thp_vma_suitable_order."""
    first = index & ~(HPAGE_PMD_NR - 1)
    start = m.vma_start[vma] + (first - m.vma_pgoff[vma]) * PAGE_SIZE
    if start & (HPAGE_PMD_SIZE - 1) or start < m.vma_start[vma]:
        return 0
    return 1 if start + HPAGE_PMD_SIZE <= m.vma_end[vma] else 0


@core
def shmem_huge_page(m: State, k: Rules, vma: int, file: int, index: int) -> int:
    """The part for a hole of shmem of a new huge page in the file's cache; NO_PAGE: a small one
    has to do."""
    if shmem_is_huge(m, vma, file, index, 0) == 0:
        return NO_PAGE
    how = behaviour(m, k, B_SHMEM_HUGE)
    if how == NOT_READ:
        not_modelled(m, WHY_SHMEM_HUGE)
        return NO_PAGE
    if how == FILE_AND_AREA and vma != NO_VMA and area_holds(m, vma, index) == 0:
        return NO_PAGE
    head = shmem_alloc_hugefolio(m, vma, file, index)
    if head == NO_PAGE:
        return NO_PAGE
    mem_cgroup_charge_fault(m, head, vma)
    fill_huge_cache(m, file, index, head)
    count(m, THP_FILE_ALLOC, 1)
    count(m, NR_FILE_PAGES, HPAGE_PMD_NR)
    count(m, NR_SHMEM, HPAGE_PMD_NR)
    lru_cache_add(m, k, head)
    return head + (index & HPAGE_PMD_NR - 1)
