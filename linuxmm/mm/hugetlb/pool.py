# SPDX-License-Identifier: GPL-2.0-or-later
"""The pool: how its pages come to be, and how they are handed out.

Source: mm/hugetlb.c (alloc_pool_huge_page, alloc_huge_page, dequeue_huge_page_vma).
Not modelled: a memory policy; a page that is asked for while movable memory is refused.
"""

from linuxmm.core import core
from linuxmm.mm.hugetlb.free import dequeue_huge_page_range, enqueue_huge_page
from linuxmm.mm.hugetlb.reserve import (
    available_huge_pages,
    vma_commit_reservation,
    vma_has_reserves,
    vma_needs_reservation,
)
from linuxmm.mm.mempolicy.alloc import get_vma_policy, numa_node_id
from linuxmm.mm.mempolicy.policy import new_policy
from linuxmm.mm.page import alloc_huge_page_range, not_modelled
from linuxmm.mm.stack import pop
from linuxmm.state.constants import (
    NO_PAGE,
    PG_HUGETLB,
    RANGE_RAM,
    SET_HUGETLB_PAGES,
    SET_HUGETLB_RESV,
    WHY_HUGETLB,
)
from linuxmm.state.layout import SIZE_R, State
from linuxmm.uapi import MPOL_DEFAULT, MPOL_LOCAL


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
    pol = new_policy(m)
    if get_vma_policy(m, pol, vma) not in (MPOL_DEFAULT, MPOL_LOCAL):
        not_modelled(m, WHY_HUGETLB)
    pop(m, pol)
    page = dequeue_huge_page_nodemask(m)
    if page == NO_PAGE:
        return NO_PAGE
    if reserved:
        m.setting[SET_HUGETLB_RESV] = m.setting[SET_HUGETLB_RESV] - 1
    vma_commit_reservation(m, vma, addr)
    return page


@core
def dequeue_huge_page_nodemask(m: State) -> int:
    """A free page of the node of the CPU, else of the others by number."""
    node = numa_node_id(m)
    for local in range(2):
        for r in range(1, m.used[SIZE_R]):
            if m.range_type[r] == RANGE_RAM and (m.range_node[r] == node) != local:
                page = dequeue_huge_page_range(m, r)
                if page != NO_PAGE:
                    return page
    return NO_PAGE
