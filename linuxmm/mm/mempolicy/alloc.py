# SPDX-License-Identifier: GPL-2.0-or-later
"""From which node a page comes.  Source: mm/mempolicy.c:vma_alloc_folio, alloc_pages, policy_node.

Not modelled: what is interleaved by whatever the task allocates next (page cache, kernel memory)
or by an inode's number (shmem).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR
from linuxmm.mm.mempolicy.policy import (
    POL_NODES,
    first_node,
    load_task_policy,
    load_vma_policy,
    new_policy,
    node_isset,
    nodes_weight,
    nth_node,
    policy_mode,
)
from linuxmm.mm.page import (
    ANY_NODE,
    alloc_huge_page_nodes,
    alloc_page_nodes,
    not_modelled,
)
from linuxmm.mm.stack import pop
from linuxmm.state.constants import NO_PAGE, NO_VMA, OPS_SHMEM, RANGE_RAM, WHY_MEMPOLICY
from linuxmm.state.layout import CURRENT_CPU, CURRENT_TASK, SIZE_C, SIZE_R, State
from linuxmm.uapi import (
    MPOL_BIND,
    MPOL_DEFAULT,
    MPOL_INTERLEAVE,
    MPOL_PREFERRED,
    MPOL_PREFERRED_MANY,
)

NO_INTERLEAVE_INDEX: Final = -1  # no place says where it would go: the task's next is


# --- where we are ---
@core
def numa_node_of_cpu(m: State, cpu: int) -> int:
    """The node that memory is taken from by default: CPU n stands on node n modulo nodes."""
    nodes = 0
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] == RANGE_RAM:
            nodes += 1
    return cpu % nodes if nodes else 0


@core
def numa_node_id(m: State) -> int:
    """The node of the CPU that makes the step."""
    return numa_node_of_cpu(m, m.scratch[CURRENT_CPU])


# --- whose policy ---
@core
def get_task_policy(m: State, pol: int, mm: int) -> int:
    """The policy of who makes the step: its mode, 0 without one.

    A device or daemon has none.  On a real machine a device works for a task of that mm: if that
    has one, nobody can say here.
    """
    task = m.scratch[CURRENT_TASK]
    if task == 0 and mm:
        for row in range(1, m.used[SIZE_C]):
            if m.task_mm[row] == mm and load_task_policy(m, pol, row):
                not_modelled(m, WHY_MEMPOLICY)
    return load_task_policy(m, pol, task)


@core
def get_vma_policy(m: State, pol: int, vma: int) -> int:
    """The VMA's, or the task's: its mode, 0 where neither has one."""
    if vma == NO_VMA:
        return get_task_policy(m, pol, 0)
    if m.vma_ops[vma] != OPS_SHMEM and load_vma_policy(m, pol, vma):
        return policy_mode(m, pol)
    return get_task_policy(m, pol, m.vma_mm[vma])


@core
def interleave_nid(m: State, pol: int, ilx: int) -> int:
    """The node for the page at this place: one after the other (offset_il_node)."""
    if ilx == NO_INTERLEAVE_INDEX:
        not_modelled(m, WHY_MEMPOLICY)
        ilx = 0
    nodes = m.stack[pol + POL_NODES]
    if nodes == 0:
        return numa_node_id(m)
    return nth_node(nodes, ilx % nodes_weight(nodes))


# --- small pages ---
@core
def alloc_pages_mpol(m: State, pol: int, ilx: int) -> int:
    """A page by a policy, NULL included; NO_PAGE where it allows none."""
    mode = policy_mode(m, pol)
    here = numa_node_id(m)
    nodes = m.stack[pol + POL_NODES]
    if mode == MPOL_INTERLEAVE:
        return alloc_page_nodes(m, interleave_nid(m, pol, ilx), ANY_NODE)
    if mode == MPOL_PREFERRED:
        return alloc_page_nodes(m, first_node(nodes), ANY_NODE)
    if mode == MPOL_BIND:
        return alloc_page_nodes(m, here, nodes)
    if mode == MPOL_PREFERRED_MANY:
        page = alloc_page_nodes(m, here, nodes)
        if page != NO_PAGE:
            return page
    return alloc_page_nodes(m, here, ANY_NODE)


@core
def alloc_page_vma(m: State, vma: int, addr: int) -> int:
    """A page for this address of a VMA; NO_PAGE without memory."""
    pol = new_policy(m)
    get_vma_policy(m, pol, vma)
    page = alloc_pages_mpol(m, pol, m.vma_pgoff[vma] + ((addr - m.vma_start[vma]) >> 12))
    pop(m, pol)
    return page


@core
def alloc_page_task(m: State) -> int:
    """A page for nobody's VMA: page cache, shmem, a driver.  Source: alloc_pages."""
    pol = new_policy(m)
    get_task_policy(m, pol, 0)
    page = alloc_pages_mpol(m, pol, NO_INTERLEAVE_INDEX)
    pop(m, pol)
    return page


# --- huge pages ---
@core
def alloc_thp_mpol(m: State, pol: int, ilx: int, madvised: int) -> int:
    """A huge page by a policy; NO_PAGE without memory.  Source: vma_alloc_folio, vma_thp_gfp_mask.

    Where the nearest node is allowed it comes from there, and only with MADV_HUGEPAGE from
    elsewhere too (defrag: madvise).
    """
    mode = policy_mode(m, pol)
    here = numa_node_id(m)
    nodes = m.stack[pol + POL_NODES] if mode == MPOL_BIND else ANY_NODE
    if mode == MPOL_INTERLEAVE:
        return alloc_huge_page_nodes(m, interleave_nid(m, pol, ilx), ANY_NODE)
    if mode == MPOL_PREFERRED_MANY:
        page = alloc_huge_page_nodes(m, here, m.stack[pol + POL_NODES])
        return page if page != NO_PAGE else alloc_huge_page_nodes(m, here, ANY_NODE)
    if mode == MPOL_PREFERRED:
        here = first_node(m.stack[pol + POL_NODES])
    if node_isset(here, nodes) and madvised == 0:
        return alloc_huge_page_nodes(m, here, 1 << here)
    return alloc_huge_page_nodes(m, here, nodes)


@core
def alloc_thp_vma(m: State, vma: int, haddr: int, madvised: int) -> int:
    """A huge page for an address of a VMA; NO_PAGE without memory."""
    pol = new_policy(m)
    get_vma_policy(m, pol, vma)
    ilx = m.vma_pgoff[vma] // HPAGE_PMD_NR + ((haddr - m.vma_start[vma]) >> 21)
    page = alloc_thp_mpol(m, pol, ilx, madvised)
    pop(m, pol)
    return page


@core
def alloc_thp_task(m: State, madvised: int) -> int:
    """A huge page of shmem, whose file has no policy; NO_PAGE without memory."""
    pol = new_policy(m)
    get_task_policy(m, pol, 0)
    page = alloc_thp_mpol(m, pol, NO_INTERLEAVE_INDEX, madvised)
    pop(m, pol)
    return page


# --- NUMA hints ---
@core
def vma_policy_mof(m: State, vma: int, task: int) -> int:
    """May pages of the VMA follow who uses them?  Those of nobody's policy only (MPOL_F_MOF)."""
    pol = new_policy(m)
    mode = load_vma_policy(m, pol, vma)
    if mode == MPOL_DEFAULT:
        mode = load_task_policy(m, pol, task)
    pop(m, pol)
    return 1 if mode == MPOL_DEFAULT else 0
