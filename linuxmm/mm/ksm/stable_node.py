# SPDX-License-Identifier: GPL-2.0-or-later
"""Stable nodes: one for each KSM page.  Source: mm/ksm.c.

A node holds no reference of its page: get_ksm_page tells by page->mapping whether the page is
still the node's.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.ksm.rbtree import STABLE, rb_erase
from linuxmm.mm.page import (
    get_page,
    is_zone_device_page,
    not_modelled,
    page_flag,
    page_ksm,
    page_mapping_row,
    page_to_nid,
    trap,
)
from linuxmm.mm.rmap import put_anon_vma
from linuxmm.mm.sites import refused_page, visit
from linuxmm.state.constants import (
    MAPPING_KSM,
    MAPPING_SHIFT,
    NO_PAGE,
    PG_LOCKED,
    SET_KSM_MAX_PAGE_SHARING,
    SET_KSM_MERGE_ACROSS_NODES,
    TRAP_NO_ROW,
    WHY_KSM,
)
from linuxmm.state.layout import (
    KSM_DEVICE,
    KSM_PAGES_SHARED,
    KSM_PAGES_SHARING,
    MAX_KSM_NODES,
    SIZE_K,
    SIZE_Q,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_GET_KSM_PAGE

ITEM_UNSTABLE: Final = 1
ITEM_STABLE: Final = 2


@core
def note_device_page(m: State, page: int) -> int:
    """For the invariant ksm-device: ksmd put this page into a tree, or merged it."""
    if is_zone_device_page(m, page):
        m.scratch[KSM_DEVICE] = m.scratch[KSM_DEVICE] + 1
    return 0


@core
def memcmp_pages(m: State, page: int, other: int) -> int:
    """The order of two pages' contents: -1, 0, 1.  A tag stands for its little-endian bytes."""
    a = m.page_tag[page]
    b = m.page_tag[other]
    for i in range(8):
        left = (a >> (8 * i)) & 255
        right = (b >> (8 * i)) & 255
        if left != right:
            return -1 if left < right else 1
    return 0


@core
def get_kpfn_nid(m: State, page: int) -> int:
    """Which tree a page belongs to: 0, or its node's with merge_across_nodes=0."""
    if m.setting[SET_KSM_MERGE_ACROSS_NODES]:
        return 0
    nid = page_to_nid(m, page)
    if nid >= MAX_KSM_NODES:
        return not_modelled(m, WHY_KSM)
    return nid


@core
def page_stable_node(m: State, page: int) -> int:
    """The stable node of a KSM page; 0 when it is none, or has none (yet, or any more)."""
    return page_mapping_row(m, page) if page_ksm(m, page) else 0


@core
def set_page_stable_node(m: State, page: int, node: int) -> int:
    """Make the page a KSM page of this node (0: of none yet)."""
    m.page_mapping[page] = (node << MAPPING_SHIFT) | MAPPING_KSM
    return 0


@core
def is_page_sharing_candidate(m: State, node: int) -> int:
    """May one more mapping join this node?  Not beyond max_page_sharing, not without items."""
    nr = m.stable_items[node]
    return 1 if nr and nr < m.setting[SET_KSM_MAX_PAGE_SHARING] else 0


# --- nodes ---
@core
def alloc_stable_node(m: State, page: int, nid: int) -> int:
    """A free node row, now the node of `page`."""
    for row in range(1, m.size[SIZE_Q]):
        if m.stable_page[row] == 0:
            m.stable_page[row] = page
            m.stable_nid[row] = nid
            if row >= m.used[SIZE_Q]:
                m.used[SIZE_Q] = row + 1
            return row
    trap(m, TRAP_NO_ROW, SIZE_Q * 256)
    return 0


@core
def take_out_of_tree(m: State, node: int) -> int:
    """A node that lies in the wrong nid's tree is set aside (migrate_nodes)."""
    rb_erase(m, STABLE, m.stable_nid[node], node)
    m.stable_misplaced[node] = 1
    return 0


@core
def drop_item(m: State, item: int) -> int:
    """Take an item off its stable node's list; the counters follow."""
    node = m.item_node[item]
    m.stable_items[node] = m.stable_items[node] - 1
    which = KSM_PAGES_SHARING if m.stable_items[node] else KSM_PAGES_SHARED
    m.ksm[which] = m.ksm[which] - 1
    put_anon_vma(m, m.item_anon_vma[item])
    m.item_anon_vma[item] = 0
    m.item_node[item] = 0
    m.item_tree[item] = 0
    return 0


@core
def remove_node_from_stable_tree(m: State, node: int) -> int:
    """Free a node; its items are in no tree any more."""
    for item in range(1, m.used[SIZE_K]):
        if m.item_tree[item] == ITEM_STABLE and m.item_node[item] == node:
            drop_item(m, item)
    if m.stable_misplaced[node] == 0:
        rb_erase(m, STABLE, m.stable_nid[node], node)
    m.stable_page[node] = 0
    m.stable_nid[node] = 0
    m.stable_misplaced[node] = 0
    return 0


@core
def get_ksm_page(m: State, k: Rules, node: int, lock: int) -> int:
    """The node's page with a reference; a stale node is removed and there is NO_PAGE.

    `lock`: the caller waits for the page lock (which is free again when this returns: steps
    are atomic).  Not modelled: waiting for a page that a migration in progress has locked.
    """
    visit(m, SITE_GET_KSM_PAGE, 0)
    page = m.stable_page[node]
    if m.page_mapping[page] == (node << MAPPING_SHIFT) | MAPPING_KSM:
        if m.page_refcount[page] > 0:
            get_page(m, page)
            if refused_page(m, k, SITE_GET_KSM_PAGE, page, 0, 0, 0) == 0:
                if lock and page_flag(m, page, PG_LOCKED):
                    not_modelled(m, WHY_KSM)
                return page
    remove_node_from_stable_tree(m, node)
    return NO_PAGE


@core
def stable_tree_append(m: State, item: int, node: int) -> int:
    """The item's address maps the node's page from now on."""
    which = KSM_PAGES_SHARING if m.stable_items[node] else KSM_PAGES_SHARED
    m.ksm[which] = m.ksm[which] + 1
    m.stable_items[node] = m.stable_items[node] + 1
    m.item_node[item] = node
    m.item_tree[item] = ITEM_STABLE
    return 0
