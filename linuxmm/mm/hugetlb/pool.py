# SPDX-License-Identifier: GPL-2.0-or-later
"""The pool: how its pages come to be, and how they are handed out.

Source: mm/hugetlb.c (alloc_pool_huge_page, alloc_huge_page, dequeue_huge_page_vma,
alloc_huge_page_nodemask, alloc_huge_page_vma).
Not modelled: a page that is asked for while movable memory is refused.
"""

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, HUGETLB_TEMPORARY, add_to_whole
from linuxmm.mm.hugetlb.free import dequeue_huge_page_range, enqueue_huge_page
from linuxmm.mm.hugetlb.reserve import (
    available_huge_pages,
    vma_commit_reservation,
    vma_has_reserves,
    vma_needs_reservation,
)
from linuxmm.mm.mempolicy.alloc import get_vma_policy, interleave_nid, numa_node_id
from linuxmm.mm.mempolicy.policy import POL_NODES, first_node, new_policy, policy_mode
from linuxmm.mm.page import ANY_NODE, alloc_huge_page_nodes, alloc_huge_page_range
from linuxmm.mm.pgtable import PMD_SHIFT
from linuxmm.mm.stack import pop
from linuxmm.state.constants import (
    NO_PAGE,
    NO_VMA,
    PG_HUGETLB,
    RANGE_RAM,
    SET_HUGETLB_PAGES,
    SET_HUGETLB_RESV,
)
from linuxmm.state.layout import SIZE_R, State
from linuxmm.uapi import MPOL_BIND, MPOL_INTERLEAVE, MPOL_PREFERRED, MPOL_PREFERRED_MANY


@core
def alloc_pool_huge_page(m: State, r: int) -> int:
    """One page more in the pool, of this node's memory: 1, or 0 where it has none that is whole."""
    head = alloc_huge_page_range(m, r)
    if head == NO_PAGE:
        return 0
    m.page_flags[head] = m.page_flags[head] | PG_HUGETLB
    m.page_refcount[head] = 0
    m.setting[SET_HUGETLB_PAGES] = m.setting[SET_HUGETLB_PAGES] + 1
    return 1 - enqueue_huge_page(m, head)


@core
def alloc_huge_page(m: State, vma: int, addr: int, avoid_reserve: int) -> int:
    """A page of the pool for an address, cleared; NO_PAGE: what is free is promised to others.

    `avoid_reserve`: also where one is promised for the address.
    """
    chg = vma_needs_reservation(m, vma, addr)
    if avoid_reserve:
        chg = 1
    reserved = vma_has_reserves(m, vma, chg)
    if reserved == 0 and available_huge_pages(m) <= 0:
        return NO_PAGE
    page = _dequeue_huge_page_vma(m, vma, addr)
    if page == NO_PAGE:
        return NO_PAGE
    if reserved:
        m.setting[SET_HUGETLB_RESV] = m.setting[SET_HUGETLB_RESV] - 1
    vma_commit_reservation(m, vma, addr)
    return page


@core
def alloc_huge_page_of_file(m: State, place: int, index: int) -> int:
    """The same for fallocate(2), at a place of the reserve map of a file (hugetlbfs_fallocate with
    its pseudo_vma: shared, from the beginning of the file)."""
    reserved = m.cache_resv[place]
    if reserved == 0 and available_huge_pages(m) <= 0:
        return NO_PAGE
    page = _dequeue_huge_page_vma(m, NO_VMA, index << PMD_SHIFT)
    if page != NO_PAGE:
        if reserved:
            m.setting[SET_HUGETLB_RESV] = m.setting[SET_HUGETLB_RESV] - 1
        m.cache_resv[place] = 1
    return page


# --- by policy ---
@core
def _dequeue_huge_page_vma(m: State, vma: int, addr: int) -> int:
    """A free page as the policy of the address says; NO_PAGE where it allows none."""
    pol = new_policy(m)
    get_vma_policy(m, pol, vma)
    nid = huge_node(m, pol, vma, addr)
    page = dequeue_huge_page_nodemask(m, nid, allowed_nodes(m, pol))
    if page == NO_PAGE and policy_mode(m, pol) == MPOL_PREFERRED_MANY:
        page = dequeue_huge_page_nodemask(m, nid, ANY_NODE)
    pop(m, pol)
    return page


@core
def huge_node(m: State, pol: int, vma: int, addr: int) -> int:
    """Where a policy looks first for an address.  Source: mm/mempolicy.c."""
    index = m.vma_pgoff[vma] // HPAGE_PMD_NR + ((addr - m.vma_start[vma]) >> PMD_SHIFT)
    return policy_nid(m, pol, index)


@core
def policy_nid(m: State, pol: int, index: int) -> int:
    """Where a policy looks first for the huge page of this index (policy_nodemask)."""
    mode = policy_mode(m, pol)
    if mode == MPOL_INTERLEAVE:
        return interleave_nid(m, pol, index)
    return first_node(m.stack[pol + POL_NODES]) if mode == MPOL_PREFERRED else numa_node_id(m)


@core
def allowed_nodes(m: State, pol: int) -> int:
    """The nodes beside which a policy takes nothing."""
    binds = policy_mode(m, pol) in (MPOL_BIND, MPOL_PREFERRED_MANY)
    return m.stack[pol + POL_NODES] if binds else ANY_NODE


@core
def dequeue_huge_page_nodemask(m: State, nid: int, nodes: int) -> int:
    """A free page of a node, else of the others of `nodes` by number."""
    for local in range(2):
        for r in range(1, m.used[SIZE_R]):
            node = m.range_node[r]
            if (node == nid) != local and nodes >> node & 1 and m.range_type[r] == RANGE_RAM:
                page = dequeue_huge_page_range(m, r)
                if page != NO_PAGE:
                    return page
    return NO_PAGE


# --- for a page that moves ---
@core
def alloc_huge_page_nodemask(m: State, nid: int, nodes: int) -> int:
    """A page that another moves to: of the pool, or, where it has none to give, one more of the
    node's memory, of which only one of the two stays in the pool (alloc_migrate_huge_page)."""
    if available_huge_pages(m):
        page = dequeue_huge_page_nodemask(m, nid, nodes)
        if page != NO_PAGE:
            return page
    page = alloc_huge_page_nodes(m, nid, nodes)
    if page != NO_PAGE:
        m.page_flags[page] = m.page_flags[page] | PG_HUGETLB
        m.setting[SET_HUGETLB_PAGES] = m.setting[SET_HUGETLB_PAGES] + 1
        add_to_whole(m, page, HUGETLB_TEMPORARY, 1)
    return page


@core
def alloc_huge_page_vma(m: State, vma: int, addr: int) -> int:
    """The same by the policy of an address."""
    pol = new_policy(m)
    get_vma_policy(m, pol, vma)
    page = alloc_huge_page_nodemask(m, huge_node(m, pol, vma, addr), allowed_nodes(m, pol))
    pop(m, pol)
    return page
