# SPDX-License-Identifier: GPL-2.0-or-later
"""struct page: pfn and row, flags, references, allocation and the last put.

Source: include/linux/mm.h, mm/page_alloc.c, mm/swap.c:__put_page, mm/memremap.c.
A free page is one without PG_ALLOCATED; the lowest free row of a range is handed out first, so
equal histories give equal states.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_PINCOUNT,
    HPAGE_PMD_NR,
    HUGETLB_TEMPORARY,
    PG_EACH,
    compound_head,
    compound_nr,
    of_whole,
    prep_compound_page,
    total_mapcount,
)
from linuxmm.mm.hugetlb.free import free_huge_page, remove_hugetlb_page
from linuxmm.mm.memcontrol.uncharge import mem_cgroup_uncharge
from linuxmm.state.behaviours import (
    B_DAX_PAGES,
    B_DEVICE_PAGE_EXTRA_REF,
    B_DEVICE_PAGE_FREE_COUNT,
    B_DEVICE_PAGE_INIT,
    B_LAST_UNMAP_CLEARS_MLOCK,
)
from linuxmm.state.constants import (
    EVENT_BUG,
    EVENT_WARN,
    LIST_NONE,
    MAPPING_ANON,
    MAPPING_KSM,
    MAPPING_SHIFT,
    NO_PAGE,
    PG_ALLOCATED,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_HEAD,
    PG_HUGETLB,
    PG_LOCKED,
    PG_LRU,
    PG_MLOCKED,
    PG_REFERENCED,
    PG_RESERVED,
    PG_SWAPBACKED,
    PG_TAIL,
    PG_UPTODATE,
    PG_WRITEBACK,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_FAIL_ALLOC,
    SET_HIGHEST_MEMMAP_PFN,
    SET_ZERO_PAGE,
    TRAP_BUG,
    TRAP_NO_ROW,
    TRAP_NONE,
    TRAP_NOT_MODELLED,
)
from linuxmm.state.layout import (
    NR_EVENTS,
    NR_MLOCK,
    SECTION_SHIFT,
    SIZE_E,
    SIZE_P,
    SIZE_R,
    SIZE_X,
    TRAP_ARG,
    TRAP_CODE,
    UNEVICTABLE_PGCLEARED,
    State,
)
from linuxmm.state.rules import Rules

ANY_NODE: Final = -1  # as a set of nodes: every one
# of enum pageflags (include/linux/page-flags.h), with PG_waiters, which the model has not
PG_FIRST_EIGHT: Final = (
    PG_LOCKED | PG_WRITEBACK | PG_REFERENCED | PG_UPTODATE | PG_DIRTY | PG_LRU | PG_HEAD
)


# --- what a step reports beside its result ---
@core
def trap(m: State, code: int, arg: int) -> int:
    """Mark the step as not done: the first trap wins, the outer layer restores the snapshot."""
    if m.scratch[TRAP_CODE] == TRAP_NONE:
        m.scratch[TRAP_CODE] = code
        m.scratch[TRAP_ARG] = arg
    return 0


@core
def not_modelled(m: State, why: int) -> int:
    """The step needs something outside the model (WHY_*): never a guess."""
    return trap(m, TRAP_NOT_MODELLED, why)


@core
def event(m: State, code: int, site: int, pfn: int, addr: int) -> int:
    """Record what the kernel would log; a full table grows, no event is ever lost."""
    n = m.scratch[NR_EVENTS]
    if n >= m.size[SIZE_E]:
        return trap(m, TRAP_NO_ROW, SIZE_E * 256)
    m.event_code[n] = code
    m.event_site[n] = site
    m.event_pfn[n] = pfn
    m.event_addr[n] = addr
    m.scratch[NR_EVENTS] = n + 1
    return 0


# --- pfn <-> page ---
@core
def pfn_to_page(m: State, pfn: int) -> int:
    """The page row of a pfn; NO_PAGE where there is no memmap."""
    section = pfn >> SECTION_SHIFT
    if section < 0 or section >= m.size[SIZE_X]:
        return NO_PAGE
    r = m.section_range[section]
    if r == 0:
        return NO_PAGE
    offset = pfn - m.range_start_pfn[r]
    if offset < 0 or offset >= m.range_rows[r]:
        return NO_PAGE
    return m.range_row[r] + offset


@core
def page_to_pfn(m: State, page: int) -> int:
    """The pfn of a page row."""
    r = m.page_range[page]
    return m.range_start_pfn[r] + page - m.range_row[r]


@core
def page_to_nid(m: State, page: int) -> int:
    """The NUMA node of a page; a device page has the node its driver registered."""
    return m.range_node[m.page_range[page]]


@core
def is_zone_device_page(m: State, page: int) -> int:
    """Is the page in ZONE_DEVICE (any pgmap type)?"""
    return 1 if m.range_type[m.page_range[page]] != RANGE_RAM else 0


@core
def page_pgmap_type(m: State, page: int) -> int:
    """RANGE_*: the pgmap type of a device page, RANGE_RAM for system memory."""
    return m.range_type[m.page_range[page]]


@core
def is_migratable_device_page(m: State, page: int) -> int:
    """DEVICE_PRIVATE or DEVICE_COHERENT: the types that migrate_vma moves to and from."""
    kind = m.range_type[m.page_range[page]]
    return 1 if kind in (RANGE_PRIVATE, RANGE_COHERENT) else 0


@core
def is_zero_pfn(m: State, pfn: int) -> int:
    """Is this the pfn of the zero page?"""
    return 1 if pfn == page_to_pfn(m, m.setting[SET_ZERO_PAGE]) else 0


@core
def highest_memmap_pfn(m: State) -> int:
    """The highest pfn with a struct page; ZONE_DEVICE ranges raise it too."""
    return m.setting[SET_HIGHEST_MEMMAP_PFN]


# --- flags ---
@core
def page_flag(m: State, page: int, mask: int) -> int:
    """Is any of these PG_* bits set?  A tail has most of its head (include/linux/page-flags.h)."""
    flags = m.page_flags[page]
    if flags & PG_TAIL:
        flags = flags & PG_EACH | m.page_flags[compound_head(m, page)] & ~PG_EACH
    return 1 if flags & mask else 0


@core
def set_page_flag(m: State, page: int, mask: int) -> int:
    """Set PG_* bits."""
    if mask & PG_EACH == 0:
        page = compound_head(m, page)
    m.page_flags[page] = m.page_flags[page] | mask
    return 0


@core
def clear_page_flag(m: State, page: int, mask: int) -> int:
    """Clear PG_* bits."""
    if mask & PG_EACH == 0:
        page = compound_head(m, page)
    m.page_flags[page] = m.page_flags[page] & ~mask
    return 0


@core
def page_huge(m: State, page: int) -> int:
    """PageHuge: of hugetlb."""
    return 1 if m.page_flags[compound_head(m, page)] & PG_HUGETLB else 0


@core
def page_anon(m: State, page: int) -> int:
    """PageAnon: also true for KSM pages."""
    return 1 if m.page_mapping[compound_head(m, page)] & MAPPING_ANON else 0


@core
def page_ksm(m: State, page: int) -> int:
    """PageKsm."""
    return 1 if m.page_mapping[page] & MAPPING_KSM == MAPPING_KSM else 0


@core
def page_mapping_row(m: State, page: int) -> int:
    """The row that page->mapping names: an anon_vma, a file or a KSM stable node."""
    return m.page_mapping[compound_head(m, page)] >> MAPPING_SHIFT


@core
def page_maybe_dma_pinned(m: State, page: int) -> int:
    """Refcount of at least GUP_PIN_COUNTING_BIAS (false positives are the kernel's own).

    A compound page counts its pins for themselves.
    """
    head = compound_head(m, page)
    if m.page_flags[head] & PG_HEAD:
        return 1 if of_whole(m, head, COMPOUND_PINCOUNT) > 0 else 0
    return 1 if m.page_refcount[page] >= 1024 else 0


# --- references ---
@core
def get_page(m: State, page: int) -> int:
    """One more reference: to the head of a compound page."""
    page = compound_head(m, page)
    m.page_refcount[page] = m.page_refcount[page] + 1
    return 0


@core
def put_page(m: State, k: Rules, page: int) -> int:
    """Drop one reference; the last one frees the page or gives it back to its driver."""
    return put_page_refs(m, k, page, 1)


@core
def put_page_refs(m: State, k: Rules, page: int, refs: int) -> int:
    """Drop `refs` references at once (a FOLL_PIN is 1024 of them)."""
    page = compound_head(m, page)
    count = m.page_refcount[page] - refs
    m.page_refcount[page] = count
    if is_zone_device_page(m, page):
        return _put_devmap_page(m, k, page, count)
    if count == 0:
        return free_page(m, k, page)
    if count < 0:
        event(m, EVENT_BUG, 0, page_to_pfn(m, page), 0)
    return 0


@core
def _put_devmap_page(m: State, k: Rules, page: int, count: int) -> int:
    """Which count means "nobody uses it": by pgmap type and refcount convention.

    Source: mm/memremap.c:free_zone_device_page (put_devmap_managed_page before 5.18).
    """
    kind = page_pgmap_type(m, page)
    if kind in (RANGE_PRIVATE, RANGE_COHERENT):
        if count == k.behaviour[B_DEVICE_PAGE_EXTRA_REF]:
            return free_zone_device_page(m, k, page)
    elif kind == RANGE_FSDAX:
        if count == dax_idle_count(k):
            return 0  # dax_break_layouts waiters would be woken
    elif count == 0:
        # device-dax has no page_free: warned once, the count stays 0
        event(m, EVENT_WARN, 0, page_to_pfn(m, page), 0)
    if count < 0:
        event(m, EVENT_BUG, 0, page_to_pfn(m, page), 0)
    return 0


@core
def dax_idle_count(k: Rules) -> int:
    """References of a page of a DAX file that nobody uses.

    Source: mm/memremap.c; mm/mm_init.c:__init_zone_device_page, where they are counted as others.
    """
    return 0 if k.behaviour[B_DAX_PAGES] else 1


@core
def free_zone_device_page(m: State, k: Rules, page: int) -> int:
    """Give a private or coherent page back to its driver.

    Nothing but the exclusive mark is taken away: the next user finds the page dirty, referenced
    or mlocked if the last one left it so, and smaps shows it.

    Source: mm/memremap.c:free_zone_device_page; its drivers set no flags either.
    """
    m.page_flags[page] = m.page_flags[page] & ~(PG_ALLOCATED | PG_ANON_EXCLUSIVE)
    m.page_mapping[page] = 0
    m.page_index[page] = 0
    m.page_tag[page] = 0
    m.page_private[page] = 0
    m.page_refcount[page] = k.behaviour[B_DEVICE_PAGE_FREE_COUNT]
    mem_cgroup_uncharge(m, page)
    return page_is_free(m, page)


@core
def free_page(m: State, k: Rules, page: int) -> int:
    """A page of system memory goes back to the buddy allocator.

    Source: mm/swap.c:__page_cache_release: off the LRU; a page still marked mlocked is
    unmarked here where the last unmapping does not do it.
    """
    if m.page_flags[page] & PG_HUGETLB:
        if of_whole(m, page, HUGETLB_TEMPORARY) == 0:
            return 0 if free_huge_page(m, page) else event(m, EVENT_BUG, 0, page_to_pfn(m, page), 0)
        remove_hugetlb_page(m, page)
    nr = compound_nr(m, page)
    if page_flag(m, page, PG_MLOCKED) and k.behaviour[B_LAST_UNMAP_CLEARS_MLOCK] == 0:
        clear_page_flag(m, page, PG_MLOCKED)
        m.vmstat[NR_MLOCK] = m.vmstat[NR_MLOCK] - nr
        m.vmstat[UNEVICTABLE_PGCLEARED] = m.vmstat[UNEVICTABLE_PGCLEARED] + nr
    if page_flag(m, page, PG_MLOCKED) or total_mapcount(m, page) != 0:
        event(m, EVENT_BUG, 0, page_to_pfn(m, page), 0)
    for part in range(page, page + nr):
        _free_one_page(m, part)
    return 0


@core
def _free_one_page(m: State, page: int) -> int:
    """Nothing is left of a page of system memory that is freed, or of one part of it."""
    m.page_flags[page] = 0
    m.page_list[page] = LIST_NONE
    m.page_mapping[page] = 0
    m.page_index[page] = 0
    m.page_tag[page] = 0
    m.page_private[page] = 0
    m.page_mlock_count[page] = 0
    mem_cgroup_uncharge(m, page)
    return page_is_free(m, page)


@core
def alloc_page_nodes(m: State, node: int, nodes: int) -> int:
    """A free page of system memory, contents zero, one reference; NO_PAGE when there is none.

    From a set of nodes (ANY_NODE: all): tries `node` first, then the others by number (the zone
    fallback list).  A range whose rows are used up but whose capacity is not asks the outer layer
    for more rows.
    """
    if _allocation_fails(m):
        return NO_PAGE
    page = _free_page_of(m, node) if nodes >> node & 1 else NO_PAGE
    if page != NO_PAGE:
        return page
    for r in range(1, m.used[SIZE_R]):
        nid = m.range_node[r]
        if m.range_type[r] == RANGE_RAM and nid != node and nodes >> nid & 1:
            page = alloc_page_range(m, r)
            if page != NO_PAGE:
                return page
    return NO_PAGE


@core
def alloc_page_thisnode(m: State, node: int) -> int:
    """A page of this node and no other (__GFP_THISNODE); NO_PAGE when it has none left."""
    return NO_PAGE if _allocation_fails(m) else _free_page_of(m, node)


@core
def _allocation_fails(m: State) -> int:
    """1 when this allocation is one of those that a scenario lets fail."""
    if m.setting[SET_FAIL_ALLOC] == 0:
        return 0
    m.setting[SET_FAIL_ALLOC] = m.setting[SET_FAIL_ALLOC] - 1
    return 1


@core
def _free_page_of(m: State, node: int) -> int:
    """A free page of one node, contents zero, one reference; NO_PAGE when there is none."""
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] == RANGE_RAM and m.range_node[r] == node:
            page = alloc_page_range(m, r)
            if page != NO_PAGE:
                return page
    return NO_PAGE


@core
def alloc_page_range(m: State, r: int) -> int:
    """The lowest free page of one range, with one reference (plus the old extra one)."""
    end = m.range_row[r] + m.range_rows[r]
    for page in range(m.range_hint[r], end):
        if m.page_flags[page] & PG_ALLOCATED == 0:
            m.page_flags[page] = m.page_flags[page] | PG_ALLOCATED
            m.page_refcount[page] = 1
            m.range_hint[r] = page + 1
            return page
    m.range_hint[r] = end
    if m.range_rows[r] < m.range_nr_pages[r]:
        trap(m, TRAP_NO_ROW, SIZE_P * 256 + r)
    return NO_PAGE


@core
def alloc_huge_page_range(m: State, r: int) -> int:
    """The lowest 512 free pages of one range that make a compound page: its head, or NO_PAGE."""
    first = m.range_row[r]
    end = first + m.range_rows[r]
    first += m.range_hint[r] - first & ~(HPAGE_PMD_NR - 1)
    while first + HPAGE_PMD_NR <= end:
        page = first
        while page < first + HPAGE_PMD_NR and m.page_flags[page] & PG_ALLOCATED == 0:
            page += 1
        if page == first + HPAGE_PMD_NR:
            prep_compound_page(m, first)
            m.page_refcount[first] = 1
            return first
        first += HPAGE_PMD_NR
    if m.range_rows[r] < m.range_nr_pages[r]:
        trap(m, TRAP_NO_ROW, SIZE_P * 256 + r)
    return NO_PAGE


@core
def alloc_huge_page_nodes(m: State, node: int, nodes: int) -> int:
    """512 free pages as one, contents zero, one reference; NO_PAGE when there are none.

    On `node` first, if it is one of `nodes`, then on the others of these by number.  Only whole
    blocks are told from broken ones: nothing compacts memory here.
    """
    if _allocation_fails(m):
        return NO_PAGE
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] == RANGE_RAM and m.range_node[r] == node and nodes >> node & 1:
            page = alloc_huge_page_range(m, r)
            if page != NO_PAGE:
                return page
    for r in range(1, m.used[SIZE_R]):
        nid = m.range_node[r]
        if m.range_type[r] == RANGE_RAM and nid != node and nodes >> nid & 1:
            page = alloc_huge_page_range(m, r)
            if page != NO_PAGE:
                return page
    return NO_PAGE


@core
def page_is_free(m: State, page: int) -> int:
    """The page may be handed out again: no page below the hint of its range is free."""
    r = m.page_range[page]
    if page < m.range_hint[r]:
        m.range_hint[r] = page
    return 0


@core
def alloc_device_page(m: State, k: Rules, r: int) -> int:
    """What a driver does to hand out a page of its memory: in use, locked, one user.

    Source: mm/memremap.c:zone_device_page_init, lib/test_hmm.c:dmirror_devmem_alloc_page.
    """
    if m.setting[SET_FAIL_ALLOC] > 0:
        m.setting[SET_FAIL_ALLOC] = m.setting[SET_FAIL_ALLOC] - 1
        return NO_PAGE
    page = alloc_page_range(m, r)
    if page != NO_PAGE:
        m.page_refcount[page] = 1 + k.behaviour[B_DEVICE_PAGE_EXTRA_REF]
        if k.behaviour[B_DEVICE_PAGE_INIT]:
            clear_page_flag(m, page, PG_FIRST_EIGHT)
    return page


@core
def init_device_pages(m: State, k: Rules, r: int) -> int:
    """The memmap of a device range: PG_reserved for good, count 0 or 1 by type and convention.

    Source: mm/page_alloc.c:memmap_init_zone_device.
    """
    count = 1
    if m.range_type[r] in (RANGE_PRIVATE, RANGE_COHERENT):
        count = k.behaviour[B_DEVICE_PAGE_FREE_COUNT] | k.behaviour[B_DEVICE_PAGE_EXTRA_REF]
    elif m.range_type[r] == RANGE_FSDAX:
        count = dax_idle_count(k)
    first = m.range_row[r]
    for page in range(first, first + m.range_rows[r]):
        if m.page_flags[page] & PG_RESERVED == 0:
            m.page_flags[page] = PG_RESERVED
            m.page_refcount[page] = count
    return 0


@core
def page_is_file_lru(m: State, page: int) -> int:
    """Does the page belong on a file list: not swap-backed (lazyfree anon included)?"""
    return 0 if page_flag(m, page, PG_SWAPBACKED) else 1


@core
def model_bug(m: State, where: int) -> int:
    """The state contradicts itself: a bug of the model, not of the kernel."""
    return trap(m, TRAP_BUG, where)
