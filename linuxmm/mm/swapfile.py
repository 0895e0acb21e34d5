# SPDX-License-Identifier: GPL-2.0-or-later
"""Swap slots and the swap cache.  Source: mm/swapfile.c, mm/swap_state.c.

One synchronous swap device (zram): a page that is written is on the device at once.  A slot's
row is its offset on the device; `swap_count` counts page-table entries (and a shmem file's own
entry), `swap_page` is the page of the swap cache.  A slot is free when it has neither.
Not modelled: other devices, priorities, swapoff, per-CPU slot caches (offsets are handed out
lowest first; nothing that is compared shows them).
"""

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head
from linuxmm.mm.page import clear_page_flag, get_page, page_flag, put_page, set_page_flag, trap
from linuxmm.mm.swap import set_page_dirty
from linuxmm.state.constants import (
    NO_PAGE,
    PG_LOCKED,
    PG_SWAPCACHE,
    PG_WRITEBACK,
    SET_SWAP_SLOTS,
    TRAP_NO_ROW,
)
from linuxmm.state.layout import SIZE_S, State
from linuxmm.state.rules import Rules


# --- slots ---
@core
def get_swap_page(m: State) -> int:
    """The lowest free slot; 0 when swap is full or there is none."""
    for slot in range(1, m.setting[SET_SWAP_SLOTS] + 1):
        if slot >= m.size[SIZE_S]:
            trap(m, TRAP_NO_ROW, SIZE_S * 256)
            return 0
        if m.swap_count[slot] == 0 and m.swap_page[slot] == NO_PAGE:
            if slot >= m.used[SIZE_S]:
                m.used[SIZE_S] = slot + 1
            return slot
    return 0


@core
def swap_duplicate(m: State, slot: int) -> int:
    """One more entry names the slot."""
    m.swap_count[slot] = m.swap_count[slot] + 1
    return 0


@core
def swap_free(m: State, slot: int) -> int:
    """One entry less; a slot without entries and without a page in the cache is free."""
    m.swap_count[slot] = m.swap_count[slot] - 1
    return _release_slot(m, slot)


@core
def _release_slot(m: State, slot: int) -> int:
    if m.swap_count[slot] == 0 and m.swap_page[slot] == NO_PAGE:
        m.swap_tag[slot] = 0
        m.swap_memcg[slot] = 0
        m.swap_evictor[slot] = 0
        m.swap_shadow[slot] = 0
    return 0


@core
def vm_swap_full(m: State) -> int:
    """Is more than half of the swap space in use (mem_cgroup_swap_full without a limit)?"""
    used = 0
    for slot in range(1, m.used[SIZE_S]):
        if m.swap_count[slot] or m.swap_page[slot] != NO_PAGE:
            used += 1
    total = m.setting[SET_SWAP_SLOTS]
    return 1 if (total - used) * 2 < total else 0


@core
def swap_alloc_cluster(m: State) -> int:
    """The first slot of 512 that are free and aligned: a huge page goes there whole; 0: none.

    Source: mm/swapfile.c:swap_alloc_cluster, mm/swap_slots.c:folio_alloc_swap.
    """
    slot = HPAGE_PMD_NR
    while slot + HPAGE_PMD_NR <= m.setting[SET_SWAP_SLOTS] + 1:
        if slot + HPAGE_PMD_NR > m.size[SIZE_S]:
            trap(m, TRAP_NO_ROW, SIZE_S * 256)
            return 0
        free = 0
        for i in range(slot, slot + HPAGE_PMD_NR):
            free += 1 if m.swap_count[i] == 0 and m.swap_page[i] == NO_PAGE else 0
        if free == HPAGE_PMD_NR:
            m.used[SIZE_S] = max(m.used[SIZE_S], slot + HPAGE_PMD_NR)
            return slot
        slot += HPAGE_PMD_NR
    return 0


# --- the swap cache ---
@core
def swap_slot_of(m: State, page: int) -> int:
    """The slot of a page in the swap cache; of a huge page each part has the next one."""
    head = compound_head(m, page)
    return m.page_private[head] + page - head


@core
def add_to_swap_cache(m: State, page: int, slot: int) -> int:
    """The cache holds a reference and remembers the slot in page->private."""
    get_page(m, page)
    set_page_flag(m, page, PG_SWAPCACHE)
    m.page_private[page] = slot
    m.swap_page[slot] = page
    m.swap_memcg[slot] = m.page_memcg[page]  # mem_cgroup_try_charge_swap
    m.swap_shadow[slot] = 0
    return 0


@core
def delete_from_swap_cache(m: State, k: Rules, page: int) -> int:
    """The page leaves the swap cache; the slot goes too if no entry names it."""
    slot = m.page_private[page]
    clear_page_flag(m, page, PG_SWAPCACHE)
    m.page_private[page] = 0
    m.swap_page[slot] = NO_PAGE
    _release_slot(m, slot)
    return put_page(m, k, page)


@core
def add_to_swap(m: State, page: int) -> int:
    """Give an anonymous page a slot and make it dirty: it has to be written.  1, or 0: no slot.

    Source: mm/swap_state.c:add_to_swap.
    """
    slot = get_swap_page(m)
    if slot == 0:
        return 0
    add_to_swap_cache(m, page, slot)
    set_page_dirty(m, page)
    return 1


@core
def add_huge_to_swap(m: State, head: int) -> int:
    """add_to_swap of a huge page: 512 slots in a row, each with a reference; 0: there are none."""
    slot = swap_alloc_cluster(m)
    if slot == 0:
        return 0
    m.page_refcount[head] = m.page_refcount[head] + HPAGE_PMD_NR
    set_page_flag(m, head, PG_SWAPCACHE)
    m.page_private[head] = slot
    for i in range(HPAGE_PMD_NR):
        m.swap_page[slot + i] = head + i
        m.swap_memcg[slot + i] = m.page_memcg[head]
        m.swap_shadow[slot + i] = 0
    set_page_dirty(m, head)
    return 1


@core
def delete_huge_from_swap_cache(m: State, head: int) -> int:
    """The huge page leaves the swap cache: its references are the caller's to drop."""
    slot = m.page_private[head]
    clear_page_flag(m, head, PG_SWAPCACHE)
    m.page_private[head] = 0
    for i in range(slot, slot + HPAGE_PMD_NR):
        m.swap_page[i] = NO_PAGE
        _release_slot(m, i)
    return 0


@core
def try_to_free_swap(m: State, k: Rules, page: int) -> int:
    """Drop a page's slot when no entry names it any more; the page is dirty then.  1 if so.

    Source: mm/swapfile.c:try_to_free_swap (folio_free_swap).
    """
    if page_flag(m, page, PG_SWAPCACHE) == 0 or page_flag(m, page, PG_WRITEBACK):
        return 0
    if m.swap_count[m.page_private[page]]:
        return 0
    set_page_dirty(m, page)
    delete_from_swap_cache(m, k, page)
    return 1


@core
def free_swap_cache(m: State, k: Rules, page: int) -> int:
    """When a mapping goes: a page in the swap cache that nobody maps may lose its slot.

    Source: mm/swap_state.c:free_swap_cache.
    """
    if page_flag(m, page, PG_SWAPCACHE) == 0 or m.page_mapcount[page]:
        return 0
    if page_flag(m, page, PG_LOCKED):
        return 0
    return try_to_free_swap(m, k, page)


@core
def free_swap_and_cache(m: State, k: Rules, slot: int) -> int:
    """A page-table entry that names the slot is dropped (zap, MADV_FREE).

    Source: mm/swapfile.c:free_swap_and_cache, __try_to_reclaim_swap.
    """
    m.swap_count[slot] = m.swap_count[slot] - 1
    page = m.swap_page[slot]
    if m.swap_count[slot] or page == NO_PAGE:
        return _release_slot(m, slot)
    if page_flag(m, page, PG_LOCKED):
        return 0
    if m.page_mapcount[page] == 0 or vm_swap_full(m):
        get_page(m, page)
        try_to_free_swap(m, k, page)
        put_page(m, k, page)
    return 0
