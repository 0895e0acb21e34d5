# SPDX-License-Identifier: GPL-2.0-or-later
"""struct mempolicy, and sets of nodes.  Source: mm/mempolicy.c, include/linux/nodemask.h.

`pol` is the kernel's struct mempolicy *: m.stack[pol + POL_*].  A mode of 0 (MPOL_DEFAULT) stands
for NULL, which VMAs and tasks without a policy have.  A set of nodes is a word, bit n for node n.
Not modelled: cpusets (all nodes with memory are allowed), MPOL_F_NUMA_BALANCING, home nodes.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.stack import push
from linuxmm.state.constants import EINVAL, RANGE_RAM
from linuxmm.state.layout import SIZE_R, State
from linuxmm.uapi import (
    MPOL_DEFAULT,
    MPOL_F_RELATIVE_NODES,
    MPOL_F_STATIC_NODES,
    MPOL_LOCAL,
    MPOL_MAX,
    MPOL_MODE_FLAGS,
    MPOL_PREFERRED,
)

POL_MODE: Final = 0  # and its flags
POL_NODES: Final = 1  # of these with memory
POL_USER: Final = 2  # as they were given, where the mode flags want them kept
NR_POL: Final = 3
MAX_NODES: Final = 62  # in a word that is never negative


# --- sets of nodes ---
@core
def node_isset(nid: int, nodes: int) -> int:
    """Is the node one of them?"""
    return nodes >> nid & 1


@core
def nodes_weight(nodes: int) -> int:
    """How many there are."""
    weight = 0
    for nid in range(MAX_NODES):
        weight += nodes >> nid & 1
    return weight


@core
def nth_node(nodes: int, n: int) -> int:
    """The n-th of them, from 0 on; -1: there are not so many."""
    for nid in range(MAX_NODES):
        if nodes >> nid & 1:
            if n == 0:
                return nid
            n -= 1
    return -1


@core
def first_node(nodes: int) -> int:
    """The lowest of them."""
    return nth_node(nodes, 0)


@core
def memory_nodes(m: State) -> int:
    """node_states[N_MEMORY], all of which are allowed: those with RAM."""
    nodes = 0
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] == RANGE_RAM:
            nodes |= 1 << m.range_node[r]
    return nodes


# --- policies ---
@core
def new_policy(m: State) -> int:
    """A place for a policy: NULL."""
    pol = push(m, NR_POL)
    m.stack[pol + POL_MODE] = MPOL_DEFAULT
    m.stack[pol + POL_NODES] = 0
    m.stack[pol + POL_USER] = 0
    return pol


@core
def policy_mode(m: State, pol: int) -> int:
    """The mode without its flags."""
    return m.stack[pol + POL_MODE] & ~MPOL_MODE_FLAGS


@core
def sanitize_mpol_flags(mode: int) -> int:
    """A mode that there is, with at most one of its flags: 0, or -EINVAL."""
    if mode & ~MPOL_MODE_FLAGS >= MPOL_MAX:
        return -EINVAL
    return -EINVAL if mode & MPOL_MODE_FLAGS == MPOL_MODE_FLAGS else 0


@core
def mpol_new(m: State, pol: int, mode: int, nodes: int) -> int:
    """A policy of this mode, its nodes not yet worked out: 0, or -EINVAL.

    Nobody asks the flags of MPOL_DEFAULT.
    """
    flags = mode & MPOL_MODE_FLAGS
    mode &= ~MPOL_MODE_FLAGS
    if mode == MPOL_DEFAULT:
        return -EINVAL if nodes else 0
    if mode == MPOL_PREFERRED and nodes == 0:
        if flags:
            return -EINVAL
        mode = MPOL_LOCAL
    elif mode == MPOL_LOCAL:
        if nodes or flags:
            return -EINVAL
    elif nodes == 0:
        return -EINVAL
    m.stack[pol + POL_MODE] = mode | flags
    return 0


@core
def mpol_set_nodemask(m: State, pol: int, nodes: int) -> int:
    """Which nodes the policy has: 0, or -EINVAL where none of those given has memory."""
    mode = policy_mode(m, pol)
    if mode == MPOL_DEFAULT or mode == MPOL_LOCAL:
        return 0
    allowed = memory_nodes(m)
    if m.stack[pol + POL_MODE] & MPOL_F_RELATIVE_NODES:
        chosen = mpol_relative_nodemask(nodes, allowed)
    else:
        chosen = nodes & allowed
    if m.stack[pol + POL_MODE] & MPOL_MODE_FLAGS:
        m.stack[pol + POL_USER] = nodes
    if chosen == 0:
        return -EINVAL
    if mode == MPOL_PREFERRED:
        chosen = 1 << first_node(chosen)
    m.stack[pol + POL_NODES] = chosen
    return 0


@core
def mpol_relative_nodemask(nodes: int, allowed: int) -> int:
    """Bit n stands for the n-th allowed node, and round again (nodes_fold, nodes_onto)."""
    weight = nodes_weight(allowed)
    chosen = 0
    if weight == 0:
        return chosen
    for nid in range(MAX_NODES):
        if nodes >> nid & 1:
            chosen |= 1 << nth_node(allowed, nid % weight)
    return chosen


@core
def policy_shows(m: State, pol: int) -> int:
    """The nodes that get_mempolicy gives: as they were given, or as they are."""
    if m.stack[pol + POL_MODE] & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES):
        return m.stack[pol + POL_USER]
    return m.stack[pol + POL_NODES]


# --- whose they are ---
@core
def load_vma_policy(m: State, pol: int, vma: int) -> int:
    """The VMA's own policy: its mode, 0 without one."""
    for field in range(NR_POL):
        m.stack[pol + field] = m.vma_policy[vma * NR_POL + field]
    return m.stack[pol + POL_MODE]


@core
def store_vma_policy(m: State, vma: int, pol: int) -> int:
    """vma->vm_policy is this one."""
    for field in range(NR_POL):
        m.vma_policy[vma * NR_POL + field] = m.stack[pol + field]
    return 0


@core
def copy_vma_policy(m: State, to: int, vma: int) -> int:
    """Another VMA has the same (vma_dup_policy)."""
    for field in range(NR_POL):
        m.vma_policy[to * NR_POL + field] = m.vma_policy[vma * NR_POL + field]
    return 0


@core
def clear_vma_policy(m: State, vma: int) -> int:
    """The row is free."""
    for field in range(NR_POL):
        m.vma_policy[vma * NR_POL + field] = 0
    return 0


@core
def vma_policies_equal(m: State, one: int, other: int) -> int:
    """Do two VMAs have the same?  Source: mpol_equal."""
    for field in range(NR_POL):
        if m.vma_policy[one * NR_POL + field] != m.vma_policy[other * NR_POL + field]:
            return 0
    return 1


@core
def vma_has_policy(m: State, vma: int, pol: int) -> int:
    """Is this one, NULL included, the VMA's own?  Source: mpol_equal."""
    for field in range(NR_POL):
        if m.vma_policy[vma * NR_POL + field] != m.stack[pol + field]:
            return 0
    return 1


@core
def load_task_policy(m: State, pol: int, task: int) -> int:
    """The task's policy: its mode, 0 without one (task 0: a device or daemon, which has none)."""
    for field in range(NR_POL):
        m.stack[pol + field] = m.task_policy[task * NR_POL + field]
    return m.stack[pol + POL_MODE]


@core
def store_task_policy(m: State, task: int, pol: int) -> int:
    """task->mempolicy is this one."""
    for field in range(NR_POL):
        m.task_policy[task * NR_POL + field] = m.stack[pol + field]
    return 0


@core
def copy_task_policy(m: State, to: int, task: int) -> int:
    """A new task has its maker's.  Source: kernel/fork.c:copy_process."""
    for field in range(NR_POL):
        m.task_policy[to * NR_POL + field] = m.task_policy[task * NR_POL + field]
    return 0


@core
def clear_task_policy(m: State, task: int) -> int:
    """The row is free."""
    for field in range(NR_POL):
        m.task_policy[task * NR_POL + field] = 0
    return 0
