"""move_pages(2).  Source: mm/migrate.c:kernel_move_pages, do_pages_move, do_pages_stat.

Statuses are m.out[0:nr]; a status that the kernel did not write is STATUS_UNWRITTEN.  While
pages are moved the per-CPU batches are off (lru_cache_disable): they are emptied at the start
and after whatever adds to them.  Not modelled: cpusets (-EACCES for the call), bad pointers.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.migrate.pages import (
    MIGRATE_SYNC,
    migrate_pages,
    putback_movable_pages,
    queue_for_migration,
)
from linuxmm.mm.page import not_modelled, page_to_nid, put_page
from linuxmm.mm.page_tests import node_has_memory
from linuxmm.mm.sites import behaviour, refused_page
from linuxmm.mm.swap import lru_add_drain, lru_add_drain_all
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EEXIST,
    EFAULT,
    EINVAL,
    ENODEV,
    EPERM,
    NO_PAGE,
    NO_VMA,
    OPS_DEVDAX,
    OPS_FSDAX,
    SET_CAPABLE,
    VM_IO,
    VM_PFNMAP,
    WHY_TOO_MANY,
)
from linuxmm.state.layout import NR_OUT, State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import (
    B_MOVE_PAGES_RESULT,
    CONTEXT_HOLDS_NONE,
    CONTEXT_MOVE_ALL,
    FOLL_GET,
    GIVES_TARGET_NODE,
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_DO_PAGES_STAT_ARRAY,
)

MPOL_MF_MOVE: Final = 2
MPOL_MF_MOVE_ALL: Final = 4
NUMA_NO_NODE: Final = -1
NODES_GIVEN: Final = -2  # one node per page, packed into one integer (`packed_node`)
NODE_BITS: Final = 6
MAX_PACKED_NODES: Final = 10
STATUS_UNWRITTEN: Final = -100000
# windows of m.out: statuses, the node of each page, pages queued for migration
MAX_MOVE_PAGES: Final = 600
OUT_NODES: Final = 600
OUT_LIST: Final = 1200


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
        m.out[OUT_LIST + i] = NO_PAGE
        m.out[OUT_NODES + i] = packed_node(nodes, i) if node == NODES_GIVEN else node
    m.scratch[NR_OUT] = nr
    if node == NUMA_NO_NODE:
        return do_pages_stat_array(m, k, mm, start, nr)
    return do_pages_move(m, k, mm, start, nr, flags)


# --- asking ---
@core
def do_pages_stat_array(m: State, k: Rules, mm: int, start: int, nr: int) -> int:
    """The node of each page, or an errno, in m.out."""
    for i in range(nr):
        m.out[i] = page_status(m, k, mm, start + i * 4096)
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
    held = k.site_flags[site] & FOLL_GET
    refused = refused_page(m, k, site, page, vma, 0 if held else CONTEXT_HOLDS_NONE, 0)
    if refused:
        return refused
    nid = page_to_nid(m, page)
    if held:
        put_page(m, k, page)
    return nid


# --- moving ---
@core
def add_page_for_migration(m: State, k: Rules, mm: int, addr: int, node: int, all_maps: int) -> int:
    """Isolate one page for its move: the page's row, 0 (it is there already), or -errno."""
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA or vma_migratable(m, vma) == 0:
        return -EFAULT
    site = SITE_ADD_PAGE_FOR_MIGRATION
    page = site_follow_page(m, k, site, vma, addr)
    if page < 0:
        return page
    refused = refused_page(m, k, site, page, vma, CONTEXT_MOVE_ALL if all_maps else 0, node)
    if refused:
        return 0 if refused == GIVES_TARGET_NODE else refused
    queue_for_migration(m, page)
    put_page(m, k, page)
    return page


@core
def do_pages_move(m: State, k: Rules, mm: int, start: int, nr: int, flags: int) -> int:
    """Queue pages as long as they go to one node, then move the queue; 0, failures, or -errno."""
    lru_add_drain_all(m, k)
    current = NUMA_NO_NODE
    first = 0
    err = 0
    for i in range(nr):
        node = m.out[OUT_NODES + i]
        if node < 0 or node_has_memory(m, node) == 0:
            err = -ENODEV
            break
        if current == NUMA_NO_NODE:
            current = node
            first = i
        elif node != current:
            err = move_and_store_status(m, k, current, first, i, nr, 0)
            if err:
                return err
            first = i
            current = node
        err = add_page_for_migration(m, k, mm, start + i * 4096, current, flags & MPOL_MF_MOVE_ALL)
        if err > 0:
            m.out[OUT_LIST + i] = err
            continue
        if err == -EEXIST:
            err = -EFAULT
        m.out[i] = err if err else current
        err = move_and_store_status(m, k, current, first, i, nr, 1)
        if err:
            return err
        current = NUMA_NO_NODE
    if current == NUMA_NO_NODE:
        return err if err < 0 else 0
    last = first
    while last < nr and m.out[OUT_LIST + last] != NO_PAGE:
        last += 1
    result = move_and_store_status(m, k, current, first, last, nr, 0)
    return err if err < 0 else result


@core
def move_and_store_status(
    m: State, k: Rules, node: int, first: int, i: int, nr: int, accounted: int
) -> int:
    """Move the queue [first, i): 0, or what the call returns: not moved, tried or not; -errno.

    `accounted`: the status of page i is written already.
    """
    if first == i:
        return 0
    err = migrate_pages(m, k, OUT_LIST + first, i - first, node, MIGRATE_SYNC)
    if err:
        putback_movable_pages(m, k, OUT_LIST + first, i - first)
    lru_add_drain(m, k)
    if err > 0:
        err += nr - i
        if accounted or behaviour(m, k, B_MOVE_PAGES_RESULT) == 0:
            err -= 1
        return err
    if err == 0:
        for j in range(first, i):
            m.out[j] = node
            m.out[OUT_LIST + j] = NO_PAGE
    return err
