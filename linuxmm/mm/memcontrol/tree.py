# SPDX-License-Identifier: GPL-2.0-or-later
"""Which groups there are, one below the other, and their limits.

Source: include/linux/memcontrol.h (parent_mem_cgroup, mem_cgroup_is_descendant),
mm/page_counter.c.  The groups of cgroup v2 are those of the machine block; of cgroup v1 there are
always g1, g2 and g3, side by side.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.constants import MAX_MEMCGS, SET_MEMCG, SET_MEMCG_MAX, SET_MEMCG_TREE
from linuxmm.state.layout import State

ROOT_MEMCG: Final = 1  # its counter does not move
PARENT_BITS: Final = 4  # SET_MEMCG_TREE: so many for the parent of each group
PARENT_MASK: Final = (1 << PARENT_BITS) - 1


@core
def is_memcg_v2(m: State) -> int:
    """Groups of cgroup v2, not v1 (cgroup_subsys_on_dfl)?"""
    return 1 if m.setting[SET_MEMCG_TREE] else 0


@core
def parent_mem_cgroup(m: State, memcg: int) -> int:
    """The group above; 0: there is none, or no such group."""
    return m.setting[SET_MEMCG_TREE] >> memcg * PARENT_BITS & PARENT_MASK


@core
def memcg_exists(m: State, memcg: int) -> int:
    """Does the machine have this group?"""
    if m.setting[SET_MEMCG] == 0:
        return 0
    return 1 if memcg == ROOT_MEMCG or is_memcg_v2(m) == 0 or parent_mem_cgroup(m, memcg) else 0


@core
def mem_cgroup_is_descendant(m: State, memcg: int, root: int) -> int:
    """Is it that group, or one below it?"""
    while memcg:
        if memcg == root:
            return 1
        memcg = parent_mem_cgroup(m, memcg)
    return 0


@core
def memcg_has_children(m: State, memcg: int) -> int:
    """Are there groups right below it?  Then memory is in its cgroup.subtree_control."""
    for below in range(ROOT_MEMCG + 1, MAX_MEMCGS):
        if parent_mem_cgroup(m, below) == memcg:
            return 1
    return 0


@core
def memcg_limit(m: State, memcg: int) -> int:
    """memory.max in pages; 0: no limit."""
    return m.setting[SET_MEMCG_MAX + memcg] if memcg > ROOT_MEMCG else 0


@core
def page_counter_read(m: State, memcg: int) -> int:
    """Pages that are charged to the group and to those below it."""
    pages = 0
    for below in range(ROOT_MEMCG, MAX_MEMCGS):
        if mem_cgroup_is_descendant(m, below, memcg):
            pages += m.memcg_memory[below]
    return pages
