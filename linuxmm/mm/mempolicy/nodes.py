# SPDX-License-Identifier: GPL-2.0-or-later
"""migrate_pages(2): what a process has on some nodes goes to others.

Source: mm/mempolicy.c:kernel_migrate_pages, do_migrate_pages, migrate_to_node.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.list import list_empty, list_head
from linuxmm.mm.mempolicy.policy import memory_nodes, node_isset, nodes_weight, nth_node
from linuxmm.mm.mempolicy.queue import (
    COUNTED,
    MPOL_MF_DISCONTIG_OK,
    queue_pages_range,
)
from linuxmm.mm.migrate.move_pages import MAX_MOVE_PAGES
from linuxmm.mm.migrate.pages import MIGRATE_SYNC, migrate_pages, putback_movable_pages
from linuxmm.mm.sites import behaviour
from linuxmm.mm.stack import pop
from linuxmm.mm.swap import lru_add_drain, lru_add_drain_all
from linuxmm.mm.vma import next_vma
from linuxmm.state.behaviours import B_UNMOVABLE_PAGES
from linuxmm.state.constants import EINVAL, EPERM, NO_VMA, SET_CAPABLE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import MPOL_MF_MOVE, MPOL_MF_MOVE_ALL

TASK_SIZE: Final = 1 << 47
NO_NODE: Final = -1


@core
def sys_migrate_pages(m: State, k: Rules, mm: int, old: int, new: int) -> int:
    """migrate_pages(2) on an mm: how many pages stayed, or -errno."""
    capable = m.setting[SET_CAPABLE]
    allowed = memory_nodes(m)
    if new & ~allowed and capable == 0:
        return -EPERM
    new = new & allowed
    if new == 0:
        return -EINVAL
    return do_migrate_pages(m, k, mm, old, new, MPOL_MF_MOVE_ALL if capable else MPOL_MF_MOVE)


@core
def do_migrate_pages(m: State, k: Rules, mm: int, old: int, new: int, flags: int) -> int:
    """Node by node, first to where nothing is to leave any more: how many stayed, or -errno."""
    lru_add_drain_all(m, k)  # lru_cache_disable
    left = old
    busy = 0
    err = 0
    source = next_source(old, new, left)
    while source != NO_NODE and err >= 0:
        left &= ~(1 << source)
        err = migrate_to_node(m, k, mm, source, node_remap(source, old, new), flags)
        if err > 0:
            busy += err
        source = next_source(old, new, left)
    lru_add_drain(m, k)
    return err if err < 0 else busy


@core
def next_source(old: int, new: int, left: int) -> int:
    """Which of the nodes that are left goes next; NO_NODE: none has to.

    One whose pages go where none is to leave; else the last that has to go at all.
    """
    source = NO_NODE
    for n in range(nodes_weight(left)):
        nid = nth_node(left, n)
        stays = node_isset(nid, new) and nodes_weight(old) != nodes_weight(new)
        dest = node_remap(nid, old, new)
        if stays or dest == nid:
            continue
        source = nid
        if node_isset(dest, left) == 0:
            break
    return source


@core
def node_remap(nid: int, old: int, new: int) -> int:
    """The node that has the place among `new` that this one has among `old`, and round again."""
    if node_isset(nid, old) == 0 or new == 0:
        return nid
    place = nodes_weight(old & ((1 << nid) - 1))
    return nth_node(new, place % nodes_weight(new))


@core
def migrate_to_node(m: State, k: Rules, mm: int, source: int, dest: int, flags: int) -> int:
    """All that the mm has on one node goes to another: how many stayed, or -errno."""
    vma = next_vma(m, mm, 0)
    if vma == NO_VMA:
        return 0
    pagelist = list_head(m, MAX_MOVE_PAGES)
    flags |= MPOL_MF_DISCONTIG_OK
    start = m.vma_start[vma]
    unmovable = queue_pages_range(
        m, k, mm, start, TASK_SIZE, 1 << (source & 63), flags, pagelist, MAX_MOVE_PAGES
    )
    err = 0
    if list_empty(m, pagelist) == 0:
        err = migrate_pages(m, k, pagelist, dest, MIGRATE_SYNC)
        putback_movable_pages(m, k, pagelist)
    pop(m, pagelist)
    if err >= 0 and behaviour(m, k, B_UNMOVABLE_PAGES) == COUNTED:
        err += unmovable
    return err
