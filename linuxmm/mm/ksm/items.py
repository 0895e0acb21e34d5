# SPDX-License-Identifier: GPL-2.0-or-later
"""rmap items: the pages that ksmd remembers, one list per mm by address.  Source: mm/ksm.c."""

from linuxmm.core import core
from linuxmm.mm.ksm.rbtree import UNSTABLE, rb_erase
from linuxmm.mm.ksm.stable_node import ITEM_STABLE, ITEM_UNSTABLE, drop_item, get_ksm_page
from linuxmm.mm.page import put_page, trap
from linuxmm.state.constants import NO_PAGE, TRAP_NO_ROW
from linuxmm.state.layout import (
    KSM_PAGES_UNSHARED,
    KSM_RMAP_ITEMS,
    KSM_SCAN_ITEM,
    SIZE_K,
    State,
)
from linuxmm.state.rules import Rules


@core
def alloc_rmap_item(m: State, mm: int, addr: int) -> int:
    """A new item: in no tree, its stored checksum 0."""
    for row in range(1, m.size[SIZE_K]):
        if m.item_mm[row] == 0:
            m.item_mm[row] = mm
            m.item_addr[row] = addr
            m.ksm[KSM_RMAP_ITEMS] = m.ksm[KSM_RMAP_ITEMS] + 1
            if row >= m.used[SIZE_K]:
                m.used[SIZE_K] = row + 1
            return row
    trap(m, TRAP_NO_ROW, SIZE_K * 256)
    return 0


@core
def free_rmap_item(m: State, item: int) -> int:
    """Free an item that is in no tree and no list."""
    m.item_mm[item] = 0
    m.item_addr[item] = 0
    m.item_checksum[item] = 0
    m.item_next[item] = 0
    m.item_anon_vma[item] = 0
    m.item_age[item] = 0
    m.item_skips[item] = 0
    m.ksm[KSM_RMAP_ITEMS] = m.ksm[KSM_RMAP_ITEMS] - 1
    return 0


@core
def remove_rmap_item_from_tree(m: State, k: Rules, item: int) -> int:
    """Out of whichever tree it is in; a stale stable node met on the way goes as a whole."""
    if m.item_tree[item] == ITEM_STABLE:
        page = get_ksm_page(m, k, m.item_node[item], 1)
        if page == NO_PAGE:
            return 0
        put_page(m, k, page)
        return drop_item(m, item)
    if m.item_tree[item] == ITEM_UNSTABLE:
        if m.item_seqnr[item]:  # put there in this pass: the tree still links it
            rb_erase(m, UNSTABLE, m.item_nid[item], item)
        m.ksm[KSM_PAGES_UNSHARED] = m.ksm[KSM_PAGES_UNSHARED] - 1
        m.item_tree[item] = 0
        m.item_seqnr[item] = 0
        m.item_nid[item] = 0
    return 0


# --- the list of an mm ---
@core
def item_after(m: State, mm: int, item: int) -> int:
    """The next item of the mm's list; after 0 the first."""
    return m.item_next[item] if item else m.mm_ksm_items[mm]


@core
def _set_item_after(m: State, mm: int, item: int, value: int) -> int:
    if item:
        m.item_next[item] = value
    else:
        m.mm_ksm_items[mm] = value
    return 0


@core
def _remove_item_after(m: State, k: Rules, mm: int, place: int) -> int:
    item = item_after(m, mm, place)
    _set_item_after(m, mm, place, m.item_next[item])
    remove_rmap_item_from_tree(m, k, item)
    return free_rmap_item(m, item)


@core
def remove_trailing_rmap_items(m: State, k: Rules, mm: int, place: int) -> int:
    """Free every item of the mm behind `place`."""
    while item_after(m, mm, place):
        _remove_item_after(m, k, mm, place)
    return 0


@core
def get_next_rmap_item(m: State, k: Rules, mm: int, addr: int) -> int:
    """The item of this address; items between the cursor and it are of pages that are gone."""
    place = m.ksm[KSM_SCAN_ITEM]
    item = item_after(m, mm, place)
    while item and m.item_addr[item] <= addr:
        if m.item_addr[item] == addr:
            return item
        _remove_item_after(m, k, mm, place)
        item = item_after(m, mm, place)
    new = alloc_rmap_item(m, mm, addr)
    if new:
        m.item_next[new] = item
        _set_item_after(m, mm, place, new)
    return new
