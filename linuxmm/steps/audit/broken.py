# SPDX-License-Identifier: GPL-2.0-or-later
"""Which promises a state breaks, as bits: `audit(m, k)`.

Bit i stands for LOOKED_AT[i].  Promises whose check needs what user space wrote (`content`, but
for entries of freed pages), or what a call answered (`report`, part of `pin`), are not here.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, pte_none, pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    HPAGE_PMD_NR,
    compound_head,
    compound_nr,
    of_whole,
)
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.memory.rss import rss_of
from linuxmm.mm.page import dax_idle_count, page_ksm, pfn_to_page
from linuxmm.mm.page_vma_mapped import page_vma_mapped_walk
from linuxmm.mm.pgtable import (
    deposited_pte,
    pmd_addr_end,
    pmd_trans_huge,
    pmd_val,
    walk_to_pmd,
)
from linuxmm.mm.rmap import rmap_address
from linuxmm.mm.sites import predicate
from linuxmm.mm.stack import pop
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.state.behaviours import B_DEVICE_PAGE_EXTRA_REF, B_DEVICE_PAGE_FREE_COUNT
from linuxmm.state.constants import (
    LIST_NONE,
    NO_PAGE,
    NR_MM_COUNTERS,
    NR_PVECS,
    PG_ALLOCATED,
    PG_HEAD,
    PG_LOCKED,
    PG_LRU,
    PG_MLOCKED,
    PG_SWAPCACHE,
    PVEC_LRU_ADD,
    PVEC_MLOCK,
    PVEC_SIZE,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_GATE_PAGE,
    SET_HUGETLB_PAGES,
    SET_MEMCG,
    SET_ZERO_PAGE,
    ZONE_MOVABLE,
)
from linuxmm.state.flags import FOLL_LONGTERM, FOLL_PIN
from linuxmm.state.layout import (
    DIVERGED,
    MIGRATE_PHASE,
    NR_ISOLATED_ANON,
    NR_ISOLATED_FILE,
    NR_MLOCK,
    SIZE_H,
    SIZE_M,
    SIZE_P,
    SIZE_Q,
    SIZE_S,
    SIZE_U,
    SIZE_V,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import PREDICATE_TRY_TO_MIGRATE
from linuxmm.steps.audit.census import (
    BATCHED,
    ISOLATED,
    LOCKED,
    MAPPED,
    MIGRATING,
    MOVING,
    REFERENCES,
    STRAY,
    of_mm,
    of_page,
    of_slot,
    take_census,
)
from linuxmm.steps.audit.charges import charges_broken
from linuxmm.steps.audit.huge_pages import part_is_forgotten, pins_broken, wholes_broken
from linuxmm.steps.audit.pool import pool_broken

LOOKED_AT: Final = (
    "lru-device", "ksm-device-migrated", "refcount", "mapcount", "rss", "swap-count", "content",
    "pin", "rmap", "isolated", "mlock", "device-return", "lru-add", "memcg", "deferred-split",
    "pool",
)  # fmt: skip
LRU_DEVICE: Final = 1 << 0
KSM_DEVICE_MIGRATED: Final = 1 << 1
REFCOUNT: Final = 1 << 2
MAPCOUNT: Final = 1 << 3
RSS: Final = 1 << 4
SWAP_COUNT: Final = 1 << 5
CONTENT: Final = 1 << 6
PIN: Final = 1 << 7
RMAP: Final = 1 << 8
LEFT_ISOLATED: Final = 1 << 9
MLOCK: Final = 1 << 10
DEVICE_RETURN: Final = 1 << 11
LRU_ADD: Final = 1 << 12
MEMCG: Final = 1 << 13
DEFERRED: Final = 1 << 14
POOL: Final = 1 << 15


@core
def audit(m: State, k: Rules) -> int:
    """The promises that the state breaks.  Its batches are drained on the way: look at a copy."""
    census = take_census(m, k)
    broken = _on_a_list(m) | _kept_in_the_tree(m) | _references(m, k, census)
    broken |= _mappings(m, census) | _rss(m, census) | _slots(m, census)
    broken |= CONTENT if m.stack[census + STRAY] else 0
    broken |= _on_what_must_move(m) | _not_found(m, k) | _left(m, census) | _twice(m)
    broken |= MEMCG if m.setting[SET_MEMCG] and charges_broken(m) else 0
    broken |= DEFERRED if part_is_forgotten(m, k, census) else 0
    broken |= POOL if m.setting[SET_HUGETLB_PAGES] and pool_broken(m) else 0
    pop(m, census)
    if m.migrate[MIGRATE_PHASE] == 0:
        lru_add_drain_all(m, k)
        census = take_census(m, k)
        broken |= _mlocked(m, census) | _not_returned(m, k, census)
        pop(m, census)
    return broken


# --- counts ---
@core
def _references(m: State, k: Rules, census: int) -> int:
    for page in range(1, m.size[SIZE_P]):
        if page != m.setting[SET_ZERO_PAGE] and m.stack[of_page(m, census, page, MIGRATING)] == 0:
            explained = m.stack[of_page(m, census, page, REFERENCES)] + _of_owner(m, k, page)
            if m.page_refcount[page] != explained:
                return REFCOUNT
    return REFCOUNT if pins_broken(m, census) else 0


@core
def _of_owner(m: State, k: Rules, page: int) -> int:
    """The references that the owner of the page's memory has of itself."""
    if m.page_range[page] == 0:
        return 0
    if page == m.setting[SET_GATE_PAGE]:
        return 1
    kind = m.range_type[m.page_range[page]]
    if kind == RANGE_RAM:
        return 0
    if kind == RANGE_PRIVATE or kind == RANGE_COHERENT:
        extra = k.behaviour[B_DEVICE_PAGE_EXTRA_REF]
        if m.page_flags[page] & PG_ALLOCATED:
            return extra
        return k.behaviour[B_DEVICE_PAGE_FREE_COUNT] | extra
    return dax_idle_count(k) if kind == RANGE_FSDAX else 1


@core
def _mappings(m: State, census: int) -> int:
    whole, behind = 0, 0  # of the last head: mappings of the whole, and the row behind it
    for page in range(1, m.size[SIZE_P]):
        if m.page_flags[page] & PG_HEAD:
            whole, behind = of_whole(m, page, COMPOUND_MAPCOUNT), page + HPAGE_PMD_NR
        shown = m.page_mapcount[page] + (whole if page < behind else 0)
        if shown != m.stack[of_page(m, census, page, MAPPED)]:
            return MAPCOUNT
    return MAPCOUNT if wholes_broken(m, census) else 0


@core
def _rss(m: State, census: int) -> int:
    for mm in range(1, m.used[SIZE_M]):
        if m.mm_users[mm]:
            for which in range(NR_MM_COUNTERS):
                if rss_of(m, mm, which) != m.stack[of_mm(m, census, mm, which)]:
                    return RSS
    return 0


@core
def _slots(m: State, census: int) -> int:
    for slot in range(1, m.used[SIZE_S]):
        if m.swap_count[slot] != m.stack[of_slot(m, census, slot)]:
            return SWAP_COUNT
        page = m.swap_page[slot]
        if page and (m.page_flags[page] & PG_SWAPCACHE == 0 or m.page_private[page] != slot):
            return SWAP_COUNT
    return 0


@core
def _mlocked(m: State, census: int) -> int:
    nr = 0
    for page in range(1, m.size[SIZE_P]):
        if m.page_flags[page] & PG_MLOCKED:
            nr += compound_nr(m, page)
            if m.stack[of_page(m, census, page, LOCKED)] == 0:
                return MLOCK
    return MLOCK if m.vmstat[NR_MLOCK] != nr else 0


# --- pages of devices ---
@core
def _is_device(m: State, page: int) -> int:
    r = m.page_range[page]
    return 1 if r and m.range_type[r] != RANGE_RAM else 0


@core
def _on_a_list(m: State) -> int:
    for page in range(1, m.size[SIZE_P]):
        listed = m.page_flags[page] & PG_LRU or m.page_list[page] != LIST_NONE
        if listed and _is_device(m, page):
            return LRU_DEVICE
    for batch in range(m.size[SIZE_U] * NR_PVECS):
        if batch % NR_PVECS != PVEC_MLOCK:
            for i in range(batch * PVEC_SIZE, batch * PVEC_SIZE + m.pvec_nr[batch]):
                if _is_device(m, m.pvec_page[i]):
                    return LRU_DEVICE
    return 0


@core
def _kept_in_the_tree(m: State) -> int:
    for node in range(1, m.used[SIZE_Q]):
        if m.stable_page[node] and _is_device(m, m.stable_page[node]):
            return KSM_DEVICE_MIGRATED
    return 0


@core
def _not_returned(m: State, k: Rules, census: int) -> int:
    for page in range(1, m.size[SIZE_P]):
        if m.page_flags[page] & PG_ALLOCATED and _migrates(m, page):
            references = m.stack[of_page(m, census, page, REFERENCES)]
            references -= m.stack[of_page(m, census, page, BATCHED)]
            if references == 0:
                if m.stack[of_page(m, census, page, MIGRATING)] == 0:
                    return DEVICE_RETURN
            elif references == m.stack[of_page(m, census, page, MAPPED)]:
                if _can_be_unmapped(m, k, page) == 0:
                    return DEVICE_RETURN
    return 0


@core
def _migrates(m: State, page: int) -> int:
    """Is it a page of a device whose driver takes pages in and gives them back?"""
    kind = m.range_type[m.page_range[page]]
    return 1 if kind == RANGE_PRIVATE or kind == RANGE_COHERENT else 0


@core
def _can_be_unmapped(m: State, k: Rules, page: int) -> int:
    before = m.scratch[DIVERGED]
    answer = predicate(m, k, PREDICATE_TRY_TO_MIGRATE, page)
    m.scratch[DIVERGED] = before
    return answer


# --- pins, the reverse map, what is on its way ---
@core
def _on_what_must_move(m: State) -> int:
    for row in range(1, m.used[SIZE_H]):
        page, flags = m.held_page[row], m.held_flags[row]
        if page and flags & FOLL_PIN and flags & FOLL_LONGTERM and _must_stay_evictable(m, page):
            return PIN
    return 0


@core
def _must_stay_evictable(m: State, page: int) -> int:
    r = m.page_range[page]
    kind = m.range_type[r]
    if kind == RANGE_RAM:
        movable = m.range_zone[r] == ZONE_MOVABLE
        return 1 if movable and page != m.setting[SET_ZERO_PAGE] else 0
    return 1 if kind == RANGE_COHERENT or kind == RANGE_FSDAX else 0


@core
def _not_found(m: State, k: Rules) -> int:
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] and _is_lost(m, k, vma):
            return RMAP
    return 0


@core
def _is_lost(m: State, k: Rules, vma: int) -> int:
    """Is there a counting entry of this VMA that cannot be found from its page?"""
    addr, end = m.vma_start[vma], m.vma_end[vma]
    while addr < end:
        pmd = walk_to_pmd(m, vma, addr)
        stop = pmd_addr_end(addr, end)
        huge = 1 if pmd_trans_huge(m, pmd) and is_huge_zero_pmd(m, pmd_val(m, pmd)) == 0 else 0
        part = pfn_to_page(m, pte_pfn(pmd_val(m, pmd))) if huge else NO_PAGE  # and those behind
        while addr < stop:
            page = _page_counted(m, k, m.pte[deposited_pte(pmd, addr)])
            if page and _is_found(m, page, vma, addr) == 0:
                return 1
            if huge and _is_found(m, part, vma, addr) == 0:
                return 1
            part += 1
            addr += 4096
    return 0


@core
def _page_counted(m: State, k: Rules, pte: int) -> int:
    """The page of an entry that holds a reference; else none."""
    if pte_none(pte):
        return NO_PAGE
    if pte_present(pte):
        return pfn_to_page(m, pte_pfn(pte)) if pte & PAGE_SPECIAL == 0 else NO_PAGE
    if is_device_private_pte(k, pte) or is_device_exclusive_pte(k, pte):
        return pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
    return NO_PAGE


@core
def _is_found(m: State, page: int, vma: int, addr: int) -> int:
    """Does a walk of the reverse map come by?  A merged page may be mapped often in one VMA."""
    if m.page_mapping[compound_head(m, page)] == 0:
        return 1  # nobody looks for it from there
    if page_ksm(m, page):
        return 1 if page_vma_mapped_walk(m, page, vma, addr - 1) == addr else 0
    return 1 if rmap_address(m, page, vma) == addr else 0


@core
def _left(m: State, census: int) -> int:
    if m.migrate[MIGRATE_PHASE]:
        return 0
    if m.stack[census + ISOLATED] or m.stack[census + MOVING]:
        return LEFT_ISOLATED
    for page in range(1, m.size[SIZE_P]):
        if m.page_flags[page] & PG_LOCKED:
            return LEFT_ISOLATED
    return LEFT_ISOLATED if m.vmstat[NR_ISOLATED_ANON] or m.vmstat[NR_ISOLATED_FILE] else 0


@core
def _twice(m: State) -> int:
    """Does a page wait for an LRU list twice, or while it is on one?"""
    for place in range(m.size[SIZE_U] * NR_PVECS * PVEC_SIZE):
        if _waits(m, place):
            page = m.pvec_page[place]
            if m.page_flags[page] & PG_LRU:
                return LRU_ADD
            for other in range(place):
                if m.pvec_page[other] == page and _waits(m, other):
                    return LRU_ADD
    return 0


@core
def _waits(m: State, place: int) -> int:
    """Is this place of a batch in use, and does the batch lead to an LRU list?"""
    batch = place // PVEC_SIZE
    in_use = place % PVEC_SIZE < m.pvec_nr[batch]
    return 1 if in_use and batch % NR_PVECS == PVEC_LRU_ADD else 0
