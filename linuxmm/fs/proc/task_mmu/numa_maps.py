"""/proc/PID/numa_maps: the pages of a VMA by kind and node.

Source: fs/proc/task_mmu.c (can_gather_numa_stats, gather_stats, show_numa_map).
Not modelled: huge pages; the words `heap` and `stack`; policies are shown by the outer layer.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, pte_present
from linuxmm.core import core
from linuxmm.fs.proc.task_mmu.walk import (
    WALK_ENDS,
    page_swapcache,
    present_page,
)
from linuxmm.mm.page import model_bug, page_anon, page_flag, page_to_nid
from linuxmm.mm.pagewalk import WALK_VMA, page_walk_vma
from linuxmm.mm.pgtable import pte_offset_map
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EFAULT,
    ESRCH,
    NO_PAGE,
    NO_VMA,
    PAGE_SIZE,
    PG_ACTIVE,
    PG_DIRTY,
    PG_UNEVICTABLE,
    PG_WRITEBACK,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import SITE_CAN_GATHER_NUMA_STATS

# m.out[...] of sys_numa_maps, in pages; N<nid> at NUMA_NODE + nid
NUMA_PAGES: Final = 0
NUMA_ANON: Final = 1
NUMA_DIRTY: Final = 2
NUMA_MAPCOUNT_MAX: Final = 3
NUMA_SWAPCACHE: Final = 4
NUMA_ACTIVE: Final = 5
NUMA_WRITEBACK: Final = 6
NUMA_NODE: Final = 7
MAX_NODES: Final = 64
NR_NUMA: Final = 71
NUMA_FIELDS: Final[tuple[str, ...]] = (
    "pages",
    "anon",
    "dirty",
    "mapmax",
    "swapcache",
    "active",
    "writeback",
    *(f"N{nid}" for nid in range(MAX_NODES)),
)


@core
def can_gather_numa_stats(m: State, k: Rules, vma: int, addr: int, pte: int) -> int:
    """Which page numa_maps counts for this entry; NO_PAGE: none, WALK_ENDS: and no more."""
    if pte_present(pte) == 0:
        return NO_PAGE
    return present_page(m, k, SITE_CAN_GATHER_NUMA_STATS, vma, addr, pte)


@core
def gather_stats(m: State, page: int, pte_dirty: int) -> int:
    """Count one page."""
    m.out[NUMA_PAGES] = m.out[NUMA_PAGES] + 1
    if pte_dirty or page_flag(m, page, PG_DIRTY):
        m.out[NUMA_DIRTY] = m.out[NUMA_DIRTY] + 1
    if page_swapcache(m, page):
        m.out[NUMA_SWAPCACHE] = m.out[NUMA_SWAPCACHE] + 1
    if page_flag(m, page, PG_ACTIVE | PG_UNEVICTABLE):
        m.out[NUMA_ACTIVE] = m.out[NUMA_ACTIVE] + 1
    if page_flag(m, page, PG_WRITEBACK):
        m.out[NUMA_WRITEBACK] = m.out[NUMA_WRITEBACK] + 1
    if page_anon(m, page):
        m.out[NUMA_ANON] = m.out[NUMA_ANON] + 1
    m.out[NUMA_MAPCOUNT_MAX] = max(m.out[NUMA_MAPCOUNT_MAX], m.page_mapcount[page])
    nid = page_to_nid(m, page)
    if nid >= MAX_NODES:
        return model_bug(m, nid)
    m.out[NUMA_NODE + nid] = m.out[NUMA_NODE + nid] + 1
    return 0


@core
def gather_pte_stats(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """Count the pages of one table."""
    slot = pte_offset_map(pmd, addr)
    vma = m.stack[walk + WALK_VMA]
    while addr < end:
        pte = m.pte[slot]
        page = can_gather_numa_stats(m, k, vma, addr, pte)
        if page == WALK_ENDS:
            return 0
        if page != NO_PAGE:
            gather_stats(m, page, 1 if pte & PAGE_DIRTY else 0)
        slot += 1
        addr += PAGE_SIZE
    return 0


show_numa_walk: Final = page_walk_vma("show_numa_walk", gather_pte_stats)


@core
def numa_maps_vma(m: State, k: Rules, vma: int) -> int:
    """One VMA's counts: NUMA_FIELDS in m.out."""
    for field in range(NR_NUMA):
        m.out[field] = 0
    show_numa_walk(m, k, vma, 0)
    return NR_NUMA


@core
def sys_numa_maps(m: State, k: Rules, mm: int, addr: int) -> int:
    """The counts of the VMA that contains the address; -EFAULT: there is none."""
    if m.mm_users[mm] == 0:
        return -ESRCH
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA:
        return -EFAULT
    return numa_maps_vma(m, k, vma)
