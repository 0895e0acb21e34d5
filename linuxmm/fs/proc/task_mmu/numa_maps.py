# SPDX-License-Identifier: GPL-2.0-or-later
"""/proc/PID/numa_maps: the pages of a VMA by kind and node.

Source: fs/proc/task_mmu.c (can_gather_numa_stats, can_gather_numa_stats_pmd, gather_stats,
gather_hugetlb_stats, show_numa_map).
Not modelled: the words `heap` and `stack`.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_DIRTY, pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.fs.proc.task_mmu.walk import (
    page_swapcache,
)
from linuxmm.mm.compound import HPAGE_PMD_NR, page_mapcount
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.memory.lookup import vm_normal_page_pmd
from linuxmm.mm.mempolicy.policy import (
    POL_MODE,
    POL_NODES,
    load_task_policy,
    load_vma_policy,
    new_policy,
)
from linuxmm.mm.page import model_bug, page_anon, page_flag, page_to_nid, pfn_to_page
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk_vma
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_offset_map
from linuxmm.mm.sites import refused_page, site_page, visit
from linuxmm.mm.stack import pop, push
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EFAULT,
    ESRCH,
    NO_PAGE,
    NO_VMA,
    PG_ACTIVE,
    PG_DIRTY,
    PG_UNEVICTABLE,
    PG_WRITEBACK,
    VM_HUGETLB,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_CAN_GATHER_NUMA_STATS, SITE_CAN_GATHER_NUMA_STATS_PMD
from linuxmm.state.vocabulary import GIVES_STOP
from linuxmm.uapi import PAGE_SIZE

# struct numa_maps: m.stack[md + ...], and so in m.out of sys_numa_maps; pages, N<nid> at
# NUMA_NODE + nid
NUMA_PAGES: Final = 0
NUMA_ANON: Final = 1
NUMA_DIRTY: Final = 2
NUMA_MAPCOUNT_MAX: Final = 3
NUMA_SWAPCACHE: Final = 4
NUMA_ACTIVE: Final = 5
NUMA_WRITEBACK: Final = 6
NUMA_HUGETLB: Final = 7  # 1: of hugetlb, whose pages are counted as huge ones
NUMA_NODE: Final = 8
MAX_NODES: Final = 64
NR_NUMA: Final = 72  # of the struct
NUMA_POLICY: Final = 72  # behind it in m.out: the mode with its flags, and the nodes
NUMA_POLICY_NODES: Final = 73
NR_NUMA_SHOWN: Final = 74
TABLE_ENDS: Final = -1  # no page, nor of any entry behind in the table


@core
def can_gather_numa_stats(m: State, k: Rules, pte: int, vma: int, addr: int) -> int:
    """Which page numa_maps counts for this entry; NO_PAGE or TABLE_ENDS: none."""
    if pte_present(pte) == 0:
        return NO_PAGE
    page = site_page(m, k, SITE_CAN_GATHER_NUMA_STATS, vma, addr, pte)
    refused = refused_page(m, k, SITE_CAN_GATHER_NUMA_STATS, page, vma, 0, 0)
    if refused:
        return TABLE_ENDS if refused == GIVES_STOP else NO_PAGE
    return page


@core
def can_gather_numa_stats_pmd(m: State, k: Rules, pmd: int, vma: int, addr: int) -> int:
    """Which page numa_maps counts for a leaf; NO_PAGE: none."""
    word = pmd_val(m, pmd)
    visit(m, SITE_CAN_GATHER_NUMA_STATS_PMD, 0)
    page = vm_normal_page_pmd(m, k, vma, addr, word, is_huge_zero_pmd(m, word))
    refused = refused_page(m, k, SITE_CAN_GATHER_NUMA_STATS_PMD, page, vma, 0, 0)
    return NO_PAGE if refused else page


@core
def _add(m: State, md: int, field: int, nr: int) -> int:
    m.stack[md + field] = m.stack[md + field] + nr
    return 0


@core
def gather_stats(m: State, page: int, md: int, pte_dirty: int, nr_pages: int) -> int:
    """Count one page, or (512) the huge page of a leaf."""
    _add(m, md, NUMA_PAGES, nr_pages)
    if pte_dirty or page_flag(m, page, PG_DIRTY):
        _add(m, md, NUMA_DIRTY, nr_pages)
    if page_swapcache(m, page):
        _add(m, md, NUMA_SWAPCACHE, nr_pages)
    if page_flag(m, page, PG_ACTIVE | PG_UNEVICTABLE):
        _add(m, md, NUMA_ACTIVE, nr_pages)
    if page_flag(m, page, PG_WRITEBACK):
        _add(m, md, NUMA_WRITEBACK, nr_pages)
    if page_anon(m, page):
        _add(m, md, NUMA_ANON, nr_pages)
    most = m.stack[md + NUMA_MAPCOUNT_MAX]
    m.stack[md + NUMA_MAPCOUNT_MAX] = max(most, page_mapcount(m, page))
    nid = page_to_nid(m, page)
    if nid >= MAX_NODES:
        return model_bug(m, nid)
    return _add(m, md, NUMA_NODE + nid, nr_pages)


@core
def gather_pte_stats(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """Count the huge page of a leaf, or the pages of one table."""
    vma = m.stack[walk + WALK_VMA]
    md = m.stack[walk + WALK_PRIVATE]
    if pmd_trans_huge(m, pmd):
        page = can_gather_numa_stats_pmd(m, k, pmd, vma, addr)
        if page == NO_PAGE:
            return 0
        return gather_stats(m, page, md, 1 if pmd_val(m, pmd) & PAGE_DIRTY else 0, HPAGE_PMD_NR)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        page = can_gather_numa_stats(m, k, pte, vma, addr)
        if page == TABLE_ENDS:
            return 0
        if page != NO_PAGE:
            gather_stats(m, page, md, 1 if pte & PAGE_DIRTY else 0, 1)
        slot += 1
        addr += PAGE_SIZE
    return 0


@core
def gather_hugetlb_stats(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """Count the page of one entry of hugetlb, as one."""
    word = pmd_val(m, pmd)
    if pte_present(word) == 0:
        return 0
    page = pfn_to_page(m, pte_pfn(word))
    dirty = 1 if word & PAGE_DIRTY else 0
    return gather_stats(m, page, m.stack[walk + WALK_PRIVATE], dirty, 1)


show_numa_walk: Final = page_walk_vma(
    "show_numa_walk", gather_pte_stats, hugetlb_entry=gather_hugetlb_stats
)


@core
def show_policy(m: State, vma: int, task: int) -> int:
    """The policy of the VMA, else that of the process's first task, to m.out."""
    pol = new_policy(m)
    if load_vma_policy(m, pol, vma) == 0:
        load_task_policy(m, pol, task)
    m.out[NUMA_POLICY] = m.stack[pol + POL_MODE]
    m.out[NUMA_POLICY_NODES] = m.stack[pol + POL_NODES]
    return pop(m, pol)


@core
def numa_maps_vma(m: State, k: Rules, vma: int, task: int) -> int:
    """One VMA's policy and counts, in m.out."""
    md = push(m, NR_NUMA)
    for field in range(NR_NUMA):
        m.stack[md + field] = 0
    m.stack[md + NUMA_HUGETLB] = 1 if m.vma_flags[vma] & VM_HUGETLB else 0
    show_numa_walk(m, k, vma, md)
    for field in range(NR_NUMA):
        m.out[field] = m.stack[md + field]
    pop(m, md)
    show_policy(m, vma, task)
    return NR_NUMA_SHOWN


@core
def sys_numa_maps(m: State, k: Rules, mm: int, addr: int, task: int) -> int:
    """The line of the VMA that contains the address; -EFAULT: there is none."""
    if m.mm_users[mm] == 0:
        return -ESRCH
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA:
        return -EFAULT
    return numa_maps_vma(m, k, vma, task)
