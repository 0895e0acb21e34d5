# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pages of a range lie where they should not: queued to be moved, or only said.

Source: mm/mempolicy.c:queue_pages_range, queue_pages_pte_range, queue_pages_hugetlb,
migrate_page_add.  `qp` is the kernel's struct queue_pages *: m.stack[qp + QP_*] (mm/stack.py).
Not modelled: huge pages that are mapped in parts.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import page_mapcount
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.hugetlb.isolate import isolate_hugetlb
from linuxmm.mm.memory.nonpresent import is_migration_pte
from linuxmm.mm.mempolicy.policy import node_isset
from linuxmm.mm.migrate.move_pages import vma_migratable
from linuxmm.mm.migrate.pages import queue_for_migration
from linuxmm.mm.page import not_modelled, page_flag, page_to_nid, pfn_to_page
from linuxmm.mm.pagewalk import WALK_MM, WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_offset_map
from linuxmm.mm.sites import behaviour, refused_page, site_page
from linuxmm.mm.stack import pop, push
from linuxmm.mm.vma import next_vma
from linuxmm.mm.vmscan.isolate import isolate_lru_page
from linuxmm.state.behaviours import B_UNMOVABLE_PAGES
from linuxmm.state.constants import EFAULT, EIO, NO_PAGE, NO_VMA, PG_LRU, WHY_TOO_MANY
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_QUEUE_PAGES_PTE_RANGE
from linuxmm.state.vocabulary import CONTEXT_MOVE_ALL, CONTEXT_NO_MOVE, GIVES_STOP, GIVES_UNMOVABLE
from linuxmm.uapi import MPOL_MF_MOVE, MPOL_MF_MOVE_ALL, MPOL_MF_STRICT, MPOL_MF_VALID, PAGE_SIZE

# beyond MPOL_MF_*: as numbers the kernel's own
MPOL_MF_DISCONTIG_OK: Final = 1 << 4
MPOL_MF_INVERT: Final = 1 << 5
MOVES: Final = MPOL_MF_MOVE | MPOL_MF_MOVE_ALL
# struct queue_pages
QP_PAGELIST: Final = 0
QP_FLAGS: Final = 1
QP_NMASK: Final = 2
QP_START: Final = 3
QP_END: Final = 4
QP_FIRST: Final = 5
QP_UNMOVABLE: Final = 6  # has_unmovable, or how many
QP_ROOM: Final = 7  # how many pages the list can take
NR_QP: Final = 8
# B_UNMOVABLE_PAGES
END_WALK: Final = 0
NOTED: Final = 1
COUNTED: Final = 2
NO_NODE: Final = -1


@core
def queue_pages_required(m: State, page: int, qp: int) -> int:
    """Does the page lie on one of these nodes, or (INVERT) on none of them?"""
    isset = node_isset(page_to_nid(m, page), m.stack[qp + QP_NMASK])
    inverted = 1 if m.stack[qp + QP_FLAGS] & MPOL_MF_INVERT else 0
    return 1 if isset != inverted else 0


@core
def add_to_queue(m: State, page: int, qp: int) -> int:
    """An isolated page goes on the list."""
    return queue_for_migration(m, page, m.stack[qp + QP_PAGELIST]) if has_room(m, qp) else 0


@core
def has_room(m: State, qp: int) -> int:
    """Can the list take one more page?"""
    if m.stack[m.stack[qp + QP_PAGELIST]] < m.stack[qp + QP_ROOM]:
        return 1
    return not_modelled(m, WHY_TOO_MANY)


@core
def note_unmovable(m: State, qp: int) -> int:
    """One more page stays where it is: 1, what a walk that ends for it returns."""
    m.stack[qp + QP_UNMOVABLE] = m.stack[qp + QP_UNMOVABLE] + 1
    return 1


# --- one page ---
@core
def queue_page(m: State, k: Rules, vma: int, page: int, qp: int) -> int:
    """What the site makes of a page: GIVES_*; 0: it is misplaced, and queued where it may move."""
    site = SITE_QUEUE_PAGES_PTE_RANGE
    flags = m.stack[qp + QP_FLAGS]
    right = NO_NODE
    if page > NO_PAGE and queue_pages_required(m, page, qp) == 0:
        right = page_to_nid(m, page)
    refused = refused_page(m, k, site, page, vma, CONTEXT_NO_MOVE | CONTEXT_MOVE_ALL, right)
    if refused or flags & MOVES == 0:
        return refused
    migratable = vma_migratable(m, vma)
    if migratable == 0 and behaviour(m, k, B_UNMOVABLE_PAGES) != NOTED:
        return GIVES_UNMOVABLE
    context = CONTEXT_MOVE_ALL if flags & MPOL_MF_MOVE_ALL else 0
    refused = refused_page(m, k, site, page, vma, context, right)
    if refused == 0:
        add_to_queue(m, page, qp)
    return refused if migratable else GIVES_UNMOVABLE


@core
def queue_pages_pmd(m: State, k: Rules, pmd: int, walk: int) -> int:
    """The huge page of a leaf: 0, 1 (it is unmovable, and that ends the walk), or -EIO."""
    qp = m.stack[walk + WALK_PRIVATE]
    word = pmd_val(m, pmd)
    if is_huge_zero_pmd(m, word):
        return 0
    page = pfn_to_page(m, pte_pfn(word))
    if queue_pages_required(m, page, qp) == 0:
        return 0
    flags = m.stack[qp + QP_FLAGS]
    if flags & MOVES == 0:
        return -EIO
    if flags & MPOL_MF_MOVE_ALL == 0 and page_mapcount(m, page) > 1:
        return 0
    if page_flag(m, page, PG_LRU):
        isolate_lru_page(m, k, page)
        return add_to_queue(m, page, qp)
    return unmovable(m, k, qp)


@core
def unmovable(m: State, k: Rules, qp: int) -> int:
    """A page cannot be isolated, which matters to MPOL_MF_STRICT (later to every caller).

    1 where that ends the walk.
    """
    how = behaviour(m, k, B_UNMOVABLE_PAGES)
    if m.stack[qp + QP_FLAGS] & MPOL_MF_STRICT or how == COUNTED:
        note_unmovable(m, qp)
        return 1 if how == END_WALK else 0
    return 0


# --- the walk ---
@core
def queue_pages_pte_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """The pages of one table, or of a leaf: 0, 1 (unmovable pages end the walk), or -EIO."""
    if pmd_trans_huge(m, pmd):
        return queue_pages_pmd(m, k, pmd, walk)
    vma = m.stack[walk + WALK_VMA]
    qp = m.stack[walk + WALK_PRIVATE]
    flags = m.stack[qp + QP_FLAGS]
    how = behaviour(m, k, B_UNMOVABLE_PAGES)
    ends = 0
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        if pte_present(pte):
            page = site_page(m, k, SITE_QUEUE_PAGES_PTE_RANGE, vma, addr, pte)
            refused = queue_page(m, k, vma, page, qp)
            if refused == GIVES_UNMOVABLE:
                ends |= unmovable(m, k, qp)
                if ends and vma_migratable(m, vma) == 0:
                    break
            elif refused == GIVES_STOP or (refused == 0 and flags & MOVES == 0):
                return -EIO
        elif how == COUNTED and is_migration_pte(k, pte):
            note_unmovable(m, qp)
        addr += PAGE_SIZE
        slot += 1
    if m.stack[qp + QP_UNMOVABLE] and flags & MOVES == 0:
        return -EIO
    return ends


@core
def queue_pages_test_walk(m: State, k: Rules, start: int, end: int, walk: int) -> int:
    """Is this VMA looked into (0), passed over (1), or is there a hole beside it (-EFAULT)?"""
    vma = m.stack[walk + WALK_VMA]
    qp = m.stack[walk + WALK_PRIVATE]
    flags = m.stack[qp + QP_FLAGS]
    holes_matter = flags & MPOL_MF_DISCONTIG_OK == 0
    if m.stack[qp + QP_FIRST] == NO_VMA:
        m.stack[qp + QP_FIRST] = vma
        if holes_matter and m.stack[qp + QP_START] < m.vma_start[vma]:
            return -EFAULT
    following = next_vma(m, m.stack[walk + WALK_MM], m.vma_end[vma])
    gap = following == NO_VMA or m.vma_end[vma] < m.vma_start[following]
    if holes_matter and m.vma_end[vma] < m.stack[qp + QP_END] and gap:
        return -EFAULT
    if vma_migratable(m, vma) == 0 and flags & MPOL_MF_STRICT == 0:
        return 1
    return 0 if flags & MPOL_MF_VALID else 1


@core
def queue_pages_hugetlb(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """The page of one entry of hugetlb: 0, 1 (it is unmovable, and that ends the walk), or -EIO."""
    qp = m.stack[walk + WALK_PRIVATE]
    word = pmd_val(m, pmd)
    page = pfn_to_page(m, pte_pfn(word)) if word else NO_PAGE
    if page == NO_PAGE or queue_pages_required(m, page, qp) == 0:
        return 0
    flags = m.stack[qp + QP_FLAGS]
    if flags & MOVES == 0:
        return -EIO
    if flags & MPOL_MF_MOVE_ALL == 0 and page_mapcount(m, page) != 1:
        return 0
    if has_room(m, qp) and isolate_hugetlb(m, page, m.stack[qp + QP_PAGELIST]):
        return unmovable(m, k, qp)
    return 0


queue_pages_walk: Final = page_walk(
    "queue_pages_walk",
    queue_pages_pte_range,
    test_walk=queue_pages_test_walk,
    hugetlb_entry=queue_pages_hugetlb,
)


@core
def queue_pages_range(
    m: State,
    k: Rules,
    mm: int,
    start: int,
    end: int,
    nodes: int,
    flags: int,
    pagelist: int,
    room: int,
) -> int:
    """Queue the pages of [start, end) on these nodes, or with INVERT on no other.

    How many stay where they are though they should move (with STRICT: whether any does); -EIO: one
    does, and none was to move; -EFAULT: there is a hole.
    """
    qp = push(m, NR_QP)
    m.stack[qp + QP_PAGELIST] = pagelist
    m.stack[qp + QP_FLAGS] = flags
    m.stack[qp + QP_NMASK] = nodes
    m.stack[qp + QP_START] = start
    m.stack[qp + QP_END] = end
    m.stack[qp + QP_FIRST] = NO_VMA
    m.stack[qp + QP_UNMOVABLE] = 0
    m.stack[qp + QP_ROOM] = room
    err = queue_pages_walk(m, k, mm, start, end, qp)
    nr_unmovable = m.stack[qp + QP_UNMOVABLE]
    if nr_unmovable and flags & MOVES:
        if behaviour(m, k, B_UNMOVABLE_PAGES) != COUNTED:
            err = 1  # has_unmovable hides what else there was
        elif err == 0:
            err = nr_unmovable
    if m.stack[qp + QP_FIRST] == NO_VMA:
        err = -EFAULT
    pop(m, qp)
    return err
