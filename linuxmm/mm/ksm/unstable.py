# SPDX-License-Identifier: GPL-2.0-or-later
"""The unstable tree: pages seen unchanged twice, found by content, forgotten with each pass.

Source: mm/ksm.c:get_mergeable_page, unstable_tree_search_insert.  Every node that a search
visits is looked up again; a search that gets no page for one ends there, with nothing found and
nothing inserted.
"""

from linuxmm.core import core
from linuxmm.mm.folio_walk import take_page
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.ksm.breaking import find_mergeable_vma
from linuxmm.mm.ksm.rbtree import (
    LEFT,
    RIGHT,
    UNSTABLE,
    rb_clear_node,
    rb_get,
    rb_insert,
    rb_root,
)
from linuxmm.mm.ksm.stable_node import (
    ITEM_UNSTABLE,
    get_kpfn_nid,
    memcmp_pages,
    note_device_page,
)
from linuxmm.mm.page import page_to_nid, put_page
from linuxmm.mm.sites import refused_page
from linuxmm.state.constants import NO_PAGE, NO_VMA, SET_KSM_MERGE_ACROSS_NODES
from linuxmm.state.layout import KSM_PAGES_UNSHARED, MAX_KSM_NODES, SIZE_K, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_GET_MERGEABLE_PAGE


@core
def get_mergeable_page(m: State, k: Rules, item: int) -> int:
    """The page now at an item's address, with a reference; NO_PAGE if KSM may not have it."""
    vma = find_mergeable_vma(m, m.item_mm[item], m.item_addr[item])
    if vma == NO_VMA:
        return NO_PAGE
    page = site_follow_page(m, k, SITE_GET_MERGEABLE_PAGE, vma, m.item_addr[item])
    refused = refused_page(m, k, SITE_GET_MERGEABLE_PAGE, page, vma, 0, 0)
    if refused:
        return NO_PAGE
    take_page(m, k, SITE_GET_MERGEABLE_PAGE, page)
    return page


@core
def empty_unstable_trees(m: State) -> int:
    """A pass starts: every unstable tree is empty, the items still count as unshared."""
    for nid in range(MAX_KSM_NODES):
        m.ksm_root[UNSTABLE * MAX_KSM_NODES + nid] = 0
    for item in range(1, m.used[SIZE_K]):
        if m.item_seqnr[item]:
            m.item_seqnr[item] = 0
            rb_clear_node(m, UNSTABLE, item)
    return 0


@core
def unstable_tree_search_insert(m: State, k: Rules, item: int, page: int) -> int:
    """The tree's item of equal content, or 0; not found, `item` itself is inserted.

    The found item's page is in m.out[0], with a reference.
    """
    nid = get_kpfn_nid(m, page)
    parent = 0
    side = LEFT
    node = rb_root(m, UNSTABLE, nid)
    while node:
        tree_page = get_mergeable_page(m, k, node)
        if tree_page == NO_PAGE:
            return 0
        if tree_page == page:  # fork shared it
            put_page(m, k, tree_page)
            return 0
        order = memcmp_pages(m, page, tree_page)
        if order == 0:
            across = m.setting[SET_KSM_MERGE_ACROSS_NODES]
            if across == 0 and page_to_nid(m, tree_page) != nid:  # migrated meanwhile
                put_page(m, k, tree_page)
                return 0
            m.out[0] = tree_page
            return node
        put_page(m, k, tree_page)
        parent = node
        side = LEFT if order < 0 else RIGHT
        node = rb_get(m, UNSTABLE, node, side)
    m.item_tree[item] = ITEM_UNSTABLE
    m.item_seqnr[item] = 1
    m.item_nid[item] = nid
    rb_insert(m, UNSTABLE, nid, item, parent, side)
    m.ksm[KSM_PAGES_UNSHARED] = m.ksm[KSM_PAGES_UNSHARED] + 1
    note_device_page(m, page)
    return 0
