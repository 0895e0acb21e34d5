# SPDX-License-Identifier: GPL-2.0-or-later
"""The stable tree: KSM pages found by content.  Source: mm/ksm.c.

Not modelled: chains of nodes of equal content, which exist beyond max_page_sharing mappings and
for pages whose node lost all its items (WHY_KSM).
"""

from linuxmm.core import core
from linuxmm.mm.ksm.rbtree import (
    LEFT,
    RIGHT,
    STABLE,
    rb_get,
    rb_insert,
    rb_replace_node,
    rb_root,
)
from linuxmm.mm.ksm.stable_node import (
    alloc_stable_node,
    get_kpfn_nid,
    get_ksm_page,
    is_page_sharing_candidate,
    memcmp_pages,
    note_device_page,
    page_stable_node,
    set_page_stable_node,
    take_out_of_tree,
)
from linuxmm.mm.page import get_page, not_modelled, page_flag, put_page
from linuxmm.state.constants import NO_PAGE, PG_LOCKED, WHY_KSM
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def stable_tree_search(m: State, k: Rules, page: int) -> int:
    """The KSM page of this content with a reference, or NO_PAGE; stale nodes met are removed.

    A KSM page that is in place finds itself (fork shared it); one set aside finds its tree.
    """
    mine = page_stable_node(m, page)
    if mine and m.stable_misplaced[mine] == 0:
        get_page(m, page)
        return page
    nid = get_kpfn_nid(m, page)
    parent = 0
    side = LEFT
    node = rb_root(m, STABLE, nid)
    while node:
        candidate = is_page_sharing_candidate(m, node)
        tree_page = get_ksm_page(m, k, node, 0)
        if tree_page == NO_PAGE:  # the tree has changed: from the top again
            parent = 0
            side = LEFT
            node = rb_root(m, STABLE, nid)
            continue
        order = memcmp_pages(m, page, tree_page)
        if order == 0:
            return _found(m, k, page, mine, node, tree_page, candidate)
        put_page(m, k, tree_page)
        parent = node
        side = LEFT if order < 0 else RIGHT
        node = rb_get(m, STABLE, node, side)
    if mine == 0:
        return NO_PAGE
    m.stable_misplaced[mine] = 0
    m.stable_nid[mine] = nid
    rb_insert(m, STABLE, nid, mine, parent, side)
    return _itself(m, page, mine)


@core
def _itself(m: State, page: int, node: int) -> int:
    """A KSM page put in its place joins its own node, if that may take one more."""
    if is_page_sharing_candidate(m, node) == 0:
        return NO_PAGE
    get_page(m, page)
    return page


@core
def _found(
    m: State, k: Rules, page: int, mine: int, node: int, tree_page: int, candidate: int
) -> int:
    """A node of this content: its page (with the reference held), unless it may take no more."""
    if mine and m.page_mapcount[page] > 1:  # would be appended to a chain
        put_page(m, k, tree_page)
        return not_modelled(m, WHY_KSM)
    if candidate == 0:
        put_page(m, k, tree_page)
        return NO_PAGE
    if page_flag(m, tree_page, PG_LOCKED):  # -EBUSY: the caller tries again next time
        put_page(m, k, tree_page)
        return -1
    if get_kpfn_nid(m, m.stable_page[node]) == m.stable_nid[node]:
        return tree_page
    put_page(m, k, tree_page)  # in the wrong nid's tree: set aside, `page` takes the place
    if mine == 0:
        take_out_of_tree(m, node)
        return NO_PAGE
    m.stable_misplaced[mine] = 0
    m.stable_nid[mine] = m.stable_nid[node]
    rb_replace_node(m, STABLE, m.stable_nid[node], node, mine)
    m.stable_misplaced[node] = 1
    return _itself(m, page, mine)


@core
def stable_tree_insert(m: State, k: Rules, kpage: int) -> int:
    """A new node for a new KSM page; 0 when there can be none."""
    nid = get_kpfn_nid(m, kpage)
    parent = 0
    side = LEFT
    node = rb_root(m, STABLE, nid)
    while node:
        tree_page = get_ksm_page(m, k, node, 0)
        if tree_page == NO_PAGE:
            parent = 0
            side = LEFT
            node = rb_root(m, STABLE, nid)
            continue
        order = memcmp_pages(m, kpage, tree_page)
        put_page(m, k, tree_page)
        if order == 0:  # would need a chain
            return not_modelled(m, WHY_KSM)
        parent = node
        side = LEFT if order < 0 else RIGHT
        node = rb_get(m, STABLE, node, side)
    node = alloc_stable_node(m, kpage, nid)
    if node:
        set_page_stable_node(m, kpage, node)
        rb_insert(m, STABLE, nid, node, parent, side)
        note_device_page(m, kpage)
    return node
