# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading pages back from swap.  Source: mm/swap_state.c, mm/shmem.c, mm/ksm.c.

Not modelled: read-ahead (neighbouring slots would enter the swap cache too: only the swap
cache and the kind of later faults show it).  A page that comes back is active: its shadow
entry says that it was evicted a moment ago (mm/workingset.c, distance within the lists).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.memcontrol.charge import mem_cgroup_charge, mem_cgroup_swapin_charge
from linuxmm.mm.mempolicy.alloc import alloc_page_vma
from linuxmm.mm.page import (
    get_page,
    page_anon,
    page_ksm,
    page_mapping_row,
    set_page_flag,
)
from linuxmm.mm.rmap import anon_vma_root, linear_page_index
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, lru_cache_add, set_page_dirty
from linuxmm.mm.swapfile import add_to_swap_cache, delete_from_swap_cache, swap_free
from linuxmm.mm.workingset import workingset_refault
from linuxmm.state.behaviours import B_KSM_COW_COUNTERS, B_SWAP_ZEROMAP
from linuxmm.state.constants import (
    MAPPING_SHIFT,
    NO_PAGE,
    NO_VMA,
    PG_ACTIVE,
    PG_SWAPBACKED,
    PG_UPTODATE,
    PG_WORKINGSET,
    SET_KSM_RUN,
)
from linuxmm.state.layout import (
    KSM_SWPIN_COPY,
    NR_FILE_PAGES,
    NR_SHMEM,
    PSWPIN,
    State,
)
from linuxmm.state.rules import Rules

KSM_RUN_UNMERGE: Final = 2


@core
def alloc_swapin_page(m: State, k: Rules, slot: int, vma: int, addr: int) -> int:
    """A new page with the contents of a slot, one reference; NO_PAGE without memory.

    A page that was only noted as zero is not read (mm/page_io.c:swap_read_folio_zeromap).
    """
    page = alloc_page_vma(m, vma, addr)
    if page == NO_PAGE:
        return NO_PAGE
    mem_cgroup_swapin_charge(m, page, slot)
    set_page_flag(m, page, PG_UPTODATE | PG_SWAPBACKED)
    if workingset_refault(m, m.swap_evictor[slot], 0):
        set_page_flag(m, page, PG_ACTIVE | PG_WORKINGSET if m.swap_shadow[slot] else PG_ACTIVE)
    m.page_tag[page] = m.swap_tag[slot]
    if m.swap_tag[slot] or behaviour(m, k, B_SWAP_ZEROMAP) == 0:
        count(m, PSWPIN, 1)
    return page


@core
def read_swap_cache_async(m: State, k: Rules, slot: int, vma: int, addr: int) -> int:
    """The slot's page through the swap cache, with a reference for the caller; or NO_PAGE.

    It is read for an address of a VMA, or for none (NO_VMA).
    """
    page = m.swap_page[slot]
    if page != NO_PAGE:
        get_page(m, page)
        return page
    if m.swap_count[slot] == 0:
        return NO_PAGE
    page = alloc_swapin_page(m, k, slot, vma, addr)
    if page == NO_PAGE:
        return NO_PAGE
    add_to_swap_cache(m, page, slot)
    lru_cache_add(m, k, page)
    return page


@core
def shmem_swapin(m: State, k: Rules, file: int, index: int) -> int:
    """A shmem page comes back into its file's cache: the page (the cache's reference), NO_PAGE.

    Source: mm/shmem.c:shmem_swapin_folio.  The page is dirty, its slot is free.
    """
    place = m.file_first[file] + index
    slot = m.cache_swap[place]
    page = read_swap_cache_async(m, k, slot, NO_VMA, 0)  # its reference becomes the cache's
    if page == NO_PAGE:
        return NO_PAGE
    m.cache_swap[place] = 0
    m.cache_page[place] = page
    m.page_mapping[page] = file << MAPPING_SHIFT
    m.page_index[page] = index
    count(m, NR_FILE_PAGES, 1)
    count(m, NR_SHMEM, 1)
    delete_from_swap_cache(m, k, page)
    set_page_dirty(m, page)
    swap_free(m, slot)
    return page


@core
def ksm_might_need_to_copy(m: State, k: Rules, page: int, vma: int, addr: int) -> int:
    """May a page of the swap cache be mapped here?  It, a copy to map instead, or NO_PAGE.

    Source: mm/ksm.c.  Merged pages lose their KSM mark in swap, and with it the right to
    several places in an anon_vma.
    """
    if page_ksm(m, page):
        if page_mapping_row(m, page) and m.setting[SET_KSM_RUN] & KSM_RUN_UNMERGE == 0:
            return page
    elif page_anon(m, page) == 0:
        return page
    elif m.page_index[page] == linear_page_index(m, vma, addr):
        root = anon_vma_root(m, page_mapping_row(m, page))
        if root == anon_vma_root(m, m.vma_anon_vma[vma]):
            return page
    copy = alloc_page_vma(m, vma, addr)
    if copy == NO_PAGE:
        return NO_PAGE
    mem_cgroup_charge(m, copy, m.vma_mm[vma])
    m.page_tag[copy] = m.page_tag[page]
    set_page_flag(m, copy, PG_UPTODATE)
    set_page_dirty(m, copy)
    if behaviour(m, k, B_KSM_COW_COUNTERS):
        count(m, KSM_SWPIN_COPY, 1)
    return copy
