# SPDX-License-Identifier: GPL-2.0-or-later
"""Reservations: pages of the pool that are promised to a mapping before it is touched.

Of what nobody maps any more, some kernels promise the process another (hugetlb_restores).

Source: mm/hugetlb.c (hugetlb_reserve_pages, allowed_mems_nr, __vma_reservation_common,
vma_has_reserves, hugetlb_acct_memory, hugetlb_vm_op_close, hugetlb_unreserve_pages,
__unmap_hugepage_range).

A reserve map is a bit for each huge page of a file (m.cache_resv).  That of the file, which shared
mappings use, says for which pages one was promised; that of a private mapping, which only the
process has that called mmap (HPAGE_RESV_OWNER), which promises were kept already.  The second is a
row of its own among the files, which has nothing else (m.vma_resv_map).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import COMPOUND_MAPCOUNT, HUGETLB_RESTORE, add_to_whole, of_whole
from linuxmm.mm.file_rows import alloc_file
from linuxmm.mm.hugetlb.free import free_huge_pages_range
from linuxmm.mm.mempolicy.alloc import get_task_policy
from linuxmm.mm.mempolicy.policy import POL_NODES, new_policy
from linuxmm.mm.page import ANY_NODE, page_anon
from linuxmm.mm.pgtable import PMD_SHIFT
from linuxmm.mm.sites import behaviour
from linuxmm.mm.stack import pop
from linuxmm.state.behaviours import B_HUGETLB_RESTORES
from linuxmm.state.constants import (
    ENOMEM,
    HPAGE_RESV_OWNER,
    SET_HUGETLB_FREE,
    SET_HUGETLB_RESV,
    VM_MAYSHARE,
    VM_NORESERVE,
)
from linuxmm.state.layout import SIZE_R, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import MPOL_BIND

NOT_READ: Final = 2  # of hugetlb_restores


@core
def cache_place(m: State, vma: int, addr: int) -> int:
    """Where the file of a VMA keeps what it knows of the huge page of an address."""
    index = (m.vma_pgoff[vma] >> 9) + ((addr - m.vma_start[vma]) >> PMD_SHIFT)
    return m.file_first[m.vma_file[vma]] + index


@core
def hugetlbfs_page(m: State, vma: int, addr: int) -> int:
    """The page that the file of a VMA has for an address; NO_PAGE: none, or they are private."""
    return m.cache_page[cache_place(m, vma, addr)]


@core
def resv_place(m: State, vma: int, addr: int) -> int:
    """Where the reserve map of a VMA has the huge page of an address; 0: it has no map."""
    if m.vma_flags[vma] & VM_MAYSHARE:
        return cache_place(m, vma, addr)
    if m.vma_resv[vma] & HPAGE_RESV_OWNER == 0:
        return 0
    place = cache_place(m, vma, addr) - m.file_first[m.vma_file[vma]]
    return m.file_first[m.vma_resv_map[vma]] + place


@core
def hugetlb_acct_memory(m: State, delta: int) -> int:
    """Promise so many pages more (below zero: less): 0, or -ENOMEM when too few are free.

    No surplus page is made then: vm.nr_overcommit_hugepages is 0.
    """
    if delta > 0 and m.setting[SET_HUGETLB_RESV] + delta > m.setting[SET_HUGETLB_FREE]:
        return -ENOMEM
    m.setting[SET_HUGETLB_RESV] = m.setting[SET_HUGETLB_RESV] + delta
    return 0


@core
def available_huge_pages(m: State) -> int:
    """How many free pages are promised to nobody."""
    return m.setting[SET_HUGETLB_FREE] - m.setting[SET_HUGETLB_RESV]


@core
def allowed_mems_nr(m: State) -> int:
    """How many free pages lie where the task's policy binds to, those promised to others too."""
    pol = new_policy(m)
    mode = get_task_policy(m, pol, 0)
    nodes = m.stack[pol + POL_NODES] if mode == MPOL_BIND else ANY_NODE
    pop(m, pol)
    nr = 0
    for r in range(1, m.used[SIZE_R]):
        if nodes >> m.range_node[r] & 1:
            nr += free_huge_pages_range(m, r)
    return nr


@core
def hugetlb_reserve_pages(m: State, vma: int) -> int:
    """A new mapping is promised what its file was not yet: 0, or -ENOMEM."""
    if m.vma_flags[vma] & VM_NORESERVE:
        return 0
    shared = m.vma_flags[vma] & VM_MAYSHARE
    first = cache_place(m, vma, m.vma_start[vma])
    stop = cache_place(m, vma, m.vma_end[vma])
    nr = 0
    for place in range(first, stop):
        if shared == 0 or m.cache_resv[place] == 0:
            nr += 1
    if nr and nr > allowed_mems_nr(m):
        return -ENOMEM
    error = hugetlb_acct_memory(m, nr)
    if error:
        return error
    if shared == 0:
        return resv_map_alloc(m, vma)
    for place in range(first, stop):
        m.cache_resv[place] = 1
    return 0


@core
def resv_map_alloc(m: State, vma: int) -> int:
    """A private mapping has a reserve map, as long as its file: 0, or -ENOMEM without a row."""
    nr = m.file_nr_pages[m.vma_file[vma]]
    row = alloc_file(m, nr)
    if row == 0:
        return -ENOMEM
    m.file_nr_pages[row] = nr
    m.vma_resv_map[vma] = row
    m.vma_resv[vma] = HPAGE_RESV_OWNER
    return 0


@core
def vma_needs_reservation(m: State, vma: int, addr: int) -> int:
    """Is no page promised for this address (any more)?"""
    place = resv_place(m, vma, addr)
    if place == 0:
        return 1
    entry = m.cache_resv[place]
    if m.vma_flags[vma] & VM_MAYSHARE:
        return 0 if entry else 1
    return entry


@core
def vma_commit_reservation(m: State, vma: int, addr: int) -> int:
    """The page is there: the map has its entry."""
    place = resv_place(m, vma, addr)
    if place:
        m.cache_resv[place] = 1
    return 0


@core
def vma_has_reserves(m: State, vma: int, chg: int) -> int:
    """Is a page of the promised ones used?  `chg`: none is promised for this address."""
    if chg:
        return 0
    if m.vma_flags[vma] & VM_NORESERVE:
        return 1 if m.vma_flags[vma] & VM_MAYSHARE else 0
    return 1 if resv_place(m, vma, m.vma_start[vma]) else 0


@core
def promise_again(m: State, k: Rules, vma: int, addr: int, page: int) -> int:
    """The process that called mmap is promised a page for one that it has unmapped as the last.

    Its map says so at once, the count only when the page is freed: whoever still holds it is ahead.
    """
    if m.vma_resv[vma] & HPAGE_RESV_OWNER == 0 or behaviour(m, k, B_HUGETLB_RESTORES) == 0:
        return 0
    if of_whole(m, page, COMPOUND_MAPCOUNT) or page_anon(m, page) == 0:
        return 0
    m.cache_resv[resv_place(m, vma, addr)] = 0
    return add_to_whole(m, page, HUGETLB_RESTORE, 1)


@core
def unreserve_vma(m: State, vma: int) -> int:
    """hugetlb_vm_op_close: what was promised to a private mapping that goes, and not used."""
    if m.vma_resv[vma] & HPAGE_RESV_OWNER == 0:
        return 0
    unused = 0
    for addr in range(m.vma_start[vma], m.vma_end[vma], 1 << PMD_SHIFT):
        if m.cache_resv[resv_place(m, vma, addr)] == 0:
            unused += 1
    return hugetlb_acct_memory(m, -unused)
