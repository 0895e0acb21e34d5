# SPDX-License-Identifier: GPL-2.0-or-later
"""move_pages(2).  Source: mm/migrate.c:kernel_move_pages, do_pages_move, do_pages_stat.

Statuses are m.out[0:nr]; a status that the kernel did not write is STATUS_UNWRITTEN.  While
pages are moved the per-CPU batches are off (lru_cache_disable): they are emptied at the start
and after whatever adds to them.  Not modelled: cpusets (-EACCES for the call), bad pointers.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import compound_head
from linuxmm.mm.folio_walk import take_page
from linuxmm.mm.gup.follow import site_foll_flags, site_follow_page
from linuxmm.mm.hugetlb.isolate import isolate_hugetlb
from linuxmm.mm.list import list_empty, list_head
from linuxmm.mm.migrate.pages import (
    MIGRATE_SYNC,
    migrate_pages,
    putback_movable_pages,
    queue_for_migration,
)
from linuxmm.mm.page import not_modelled, page_huge, page_to_nid, put_page
from linuxmm.mm.page_tests import node_has_memory
from linuxmm.mm.sites import behaviour, refused_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.swap import lru_add_drain, lru_add_drain_all
from linuxmm.mm.vma import find_vma
from linuxmm.state.behaviours import B_HUGETLB_MOVES, B_MOVE_PAGES_RESULT
from linuxmm.state.constants import (
    EACCES,
    EEXIST,
    EFAULT,
    EINVAL,
    ENODEV,
    EPERM,
    NO_VMA,
    OPS_DEVDAX,
    OPS_FSDAX,
    PG_TAIL,
    SET_CAPABLE,
    VM_IO,
    VM_PFNMAP,
    WHY_TOO_MANY,
)
from linuxmm.state.flags import FOLL_GET
from linuxmm.state.layout import NR_OUT, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_ADD_PAGE_FOR_MIGRATION, SITE_DO_PAGES_STAT_ARRAY
from linuxmm.state.vocabulary import CONTEXT_HOLDS_NONE, CONTEXT_MOVE_ALL, GIVES_TARGET_NODE
from linuxmm.uapi import MPOL_MF_MOVE, MPOL_MF_MOVE_ALL

NUMA_NO_NODE: Final = -1
NODES_GIVEN: Final = -2  # one node per page, packed into one integer (`packed_node`)
NODE_BITS: Final = 6
MAX_PACKED_NODES: Final = 10
STATUS_UNWRITTEN: Final = -100000
# windows of m.out: statuses, the node of each page
MAX_MOVE_PAGES: Final = 600
OUT_NODES: Final = 600
DO_PAGES_STAT_CHUNK_NR: Final = 16


@core
def vma_migratable(m: State, vma: int) -> int:
    """May pages of this VMA be moved between nodes at all?  Source: mm/mempolicy.c."""
    if m.vma_flags[vma] & (VM_IO | VM_PFNMAP):
        return 0
    return 0 if m.vma_ops[vma] in (OPS_FSDAX, OPS_DEVDAX) else 1


@core
def packed_node(nodes: int, i: int) -> int:
    """The node of page i in `nodes`: six bits a page, the first page lowest."""
    return (nodes >> (i * NODE_BITS)) & ((1 << NODE_BITS) - 1)


@core
def sys_move_pages(
    m: State, k: Rules, mm: int, start: int, nr: int, node: int, flags: int, nodes: int
) -> int:
    """move_pages(2) on `nr` pages from `start` in an mm: its return value; statuses in m.out.

    `node`: NUMA_NO_NODE asks where the pages are; NODES_GIVEN takes one node per page from
    `nodes`; else all go to that node.
    """
    if flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL):
        return -EINVAL
    if flags & MPOL_MF_MOVE_ALL and m.setting[SET_CAPABLE] == 0:
        return -EPERM
    if nr > MAX_MOVE_PAGES or (node == NODES_GIVEN and nr > MAX_PACKED_NODES):
        return not_modelled(m, WHY_TOO_MANY)
    for i in range(nr):
        m.out[i] = STATUS_UNWRITTEN
        m.out[OUT_NODES + i] = packed_node(nodes, i) if node == NODES_GIVEN else node
    m.scratch[NR_OUT] = nr
    if node == NUMA_NO_NODE:
        return do_pages_stat(m, k, mm, start, nr)
    return do_pages_move(m, k, mm, start, nr, flags)


# --- asking ---
@core
def do_pages_stat(m: State, k: Rules, mm: int, start: int, nr: int) -> int:
    """Where the pages are, in m.out: their addresses and answers are copied sixteen at a time."""
    pages = push(m, DO_PAGES_STAT_CHUNK_NR)
    status = push(m, DO_PAGES_STAT_CHUNK_NR)
    for first in range(0, nr, DO_PAGES_STAT_CHUNK_NR):
        chunk_nr = min(nr - first, DO_PAGES_STAT_CHUNK_NR)
        for i in range(chunk_nr):
            m.stack[pages + i] = start + (first + i) * 4096
        do_pages_stat_array(m, k, mm, chunk_nr, pages, status)
        for i in range(chunk_nr):
            m.out[first + i] = m.stack[status + i]
    return pop(m, pages)


@core
def do_pages_stat_array(m: State, k: Rules, mm: int, nr_pages: int, pages: int, status: int) -> int:
    """The node of the page at each address, or an errno."""
    for i in range(nr_pages):
        m.stack[status + i] = page_status(m, k, mm, m.stack[pages + i])
    return 0


@core
def page_status(m: State, k: Rules, mm: int, addr: int) -> int:
    """Where one page is: its node, or -errno."""
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA:
        return -EFAULT
    site = SITE_DO_PAGES_STAT_ARRAY
    page = site_follow_page(m, k, site, vma, addr)
    if page < 0:
        return page
    held = site_foll_flags(m, k, site, vma) & FOLL_GET
    refused = refused_page(m, k, site, page, vma, 0 if held else CONTEXT_HOLDS_NONE, 0)
    if refused:
        return refused
    nid = page_to_nid(m, page)
    if take_page(m, k, site, page) and held:
        put_page(m, k, page)
    return nid


# --- moving ---
@core
def add_page_for_migration(
    m: State, k: Rules, mm: int, addr: int, node: int, pagelist: int, migrate_all: int
) -> int:
    """Isolate one page for its move: 1, it is on the list; 0, it is there already; or -errno."""
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA or vma_migratable(m, vma) == 0:
        return -EFAULT
    site = SITE_ADD_PAGE_FOR_MIGRATION
    page = site_follow_page(m, k, site, vma, addr)
    if page < 0:
        return page
    refused = refused_page(m, k, site, page, vma, CONTEXT_MOVE_ALL if migrate_all else 0, node)
    if refused:
        return 0 if refused == GIVES_TARGET_NODE else refused
    if page_huge(m, page):
        return _add_hugetlb(m, k, site, page, pagelist)
    queue_for_migration(m, compound_head(m, page), pagelist)
    if take_page(m, k, site, page):
        put_page(m, k, page)
    return 1


@core
def _add_hugetlb(m: State, k: Rules, site: int, page: int, pagelist: int) -> int:
    """A huge page of the pool moves when its first part is asked for, or any, by the kernel: 1,
    -EACCES for others, or -EBUSY (it is on the list already)."""
    err = -EACCES
    if m.page_flags[page] & PG_TAIL == 0 or behaviour(m, k, B_HUGETLB_MOVES):
        err = isolate_hugetlb(m, compound_head(m, page), pagelist)
    if take_page(m, k, site, page):
        put_page(m, k, page)
    return err if err else 1


@core
def do_pages_move(m: State, k: Rules, mm: int, start: int, nr: int, flags: int) -> int:
    """Queue pages as long as they go to one node, then move the queue; 0, failures, or -errno."""
    lru_add_drain_all(m, k)
    pagelist = list_head(m, nr)
    err = _move_by_node(m, k, mm, start, nr, flags & MPOL_MF_MOVE_ALL, pagelist)
    pop(m, pagelist)
    return err


@core
def _move_by_node(
    m: State, k: Rules, mm: int, start: int, nr: int, migrate_all: int, pagelist: int
) -> int:
    current = NUMA_NO_NODE
    first = 0
    err = 0
    i = 0
    while i < nr:
        node = m.out[OUT_NODES + i]
        if node < 0 or node_has_memory(m, node) == 0:
            err = -ENODEV
            break
        if current == NUMA_NO_NODE:
            first = i
        elif node != current:
            err = move_pages_and_store_status(m, k, current, pagelist, first, i, nr)
            if err:
                return err
            first = i
        current = node
        err = add_page_for_migration(m, k, mm, start + i * 4096, current, pagelist, migrate_all)
        if err <= 0:
            if err == -EEXIST:
                err = -EFAULT
            m.out[i] = err if err else current
            err = move_pages_and_store_status(m, k, current, pagelist, first, i, nr)
            if err > 0 and behaviour(m, k, B_MOVE_PAGES_RESULT):
                return err - 1  # page i is accounted for
            if err:
                return err
            current = NUMA_NO_NODE
        i += 1
    moved = move_pages_and_store_status(m, k, current, pagelist, first, i, nr)
    return err if err < 0 else moved


@core
def move_pages_and_store_status(
    m: State, k: Rules, node: int, pagelist: int, start: int, i: int, nr_pages: int
) -> int:
    """Move the queue, pages [start, i): 0; what was not moved, tried or not; or -errno."""
    if list_empty(m, pagelist):
        return 0
    err = migrate_pages(m, k, pagelist, node, MIGRATE_SYNC)
    if err:
        putback_movable_pages(m, k, pagelist)
    lru_add_drain(m, k)
    if err > 0:
        return err + nr_pages - i - (0 if behaviour(m, k, B_MOVE_PAGES_RESULT) else 1)
    if err == 0:
        for j in range(start, i):
            m.out[j] = node
    return err
