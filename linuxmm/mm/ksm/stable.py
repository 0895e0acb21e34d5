"""The stable tree: one node for each KSM page, found by content.  Source: mm/ksm.c.

A node holds no reference of its page: get_ksm_page tells by page->mapping whether the page is
still the node's.  Not modelled: chains of nodes of equal content, which exist beyond
max_page_sharing mappings and for pages whose node lost all its items (WHY_KSM).
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PROT_READ_BITS, pfn_pte
from linuxmm.core import core
from linuxmm.mm.ksm.rbtree import (
    LEFT,
    RIGHT,
    STABLE,
    rb_erase,
    rb_get,
    rb_insert,
    rb_replace_node,
    rb_root,
)
from linuxmm.mm.page import (
    get_page,
    is_zone_device_page,
    not_modelled,
    page_flag,
    page_ksm,
    page_mapping_row,
    page_to_nid,
    page_to_pfn,
    put_page,
    trap,
)
from linuxmm.mm.rmap import put_anon_vma
from linuxmm.mm.sites import choose_lookup, diverged_at, site_page, site_refuses
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
from linuxmm.state.vocabulary import LOOKUP_RAW_PFN, NR_SITES, SITE_GET_KSM_PAGE

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
def _lookup_kpfn(m: State, k: Rules, node: int) -> int:
    """The page of the node's pfn, as the site sees it."""
    page = m.stable_page[node]
    ours = choose_lookup(k, SITE_GET_KSM_PAGE, 0)
    if k.site_differs[SITE_GET_KSM_PAGE]:
        if choose_lookup(k, NR_SITES + SITE_GET_KSM_PAGE, 0) != ours:
            diverged_at(m, SITE_GET_KSM_PAGE)
    if ours == LOOKUP_RAW_PFN:
        m.visited_site[SITE_GET_KSM_PAGE] = m.visited_site[SITE_GET_KSM_PAGE] + 1
        return page
    pte = pfn_pte(page_to_pfn(m, page), PROT_READ_BITS)
    return site_page(m, k, SITE_GET_KSM_PAGE, 0, 0, pte)


@core
def get_ksm_page(m: State, k: Rules, node: int, lock: int) -> int:
    """The node's page with a reference; a stale node is removed and there is NO_PAGE.

    `lock`: the caller waits for the page lock (which is free again when this returns: steps
    are atomic).  Not modelled: waiting for a page that a migration in progress has locked.
    """
    page = _lookup_kpfn(m, k, node)
    if page != NO_PAGE and m.page_mapping[page] == (node << MAPPING_SHIFT) | MAPPING_KSM:
        if m.page_refcount[page] > 0:
            get_page(m, page)
            row = site_refuses(m, k, SITE_GET_KSM_PAGE, page, 0, 0, 0)
            if row == 0:
                if lock and page_flag(m, page, PG_LOCKED):
                    not_modelled(m, WHY_KSM)
                return page
            if k.test_put[row - 1]:
                put_page(m, k, page)
    remove_node_from_stable_tree(m, node)
    return NO_PAGE


# --- search and insert ---
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


@core
def stable_tree_append(m: State, item: int, node: int) -> int:
    """The item's address maps the node's page from now on."""
    which = KSM_PAGES_SHARING if m.stable_items[node] else KSM_PAGES_SHARED
    m.ksm[which] = m.ksm[which] + 1
    m.stable_items[node] = m.stable_items[node] + 1
    m.item_node[item] = node
    m.item_tree[item] = ITEM_STABLE
    return 0


@core
def folio_migrate_ksm(m: State, newpage: int, page: int) -> int:
    """The migration core moves a KSM page: the node follows, the old page has none."""
    node = page_stable_node(m, page)
    if node:
        m.stable_page[node] = newpage
        set_page_stable_node(m, page, 0)
    return 0
