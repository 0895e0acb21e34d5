# SPDX-License-Identifier: GPL-2.0-or-later
"""mincore(2): which pages are in core.  Source: mm/mincore.c, mm/swap_state.c.

No site: a present entry is in core whatever it maps, an entry of a migration or of device memory
as well.  Where there is none the caches are asked: the file's, for shmem that was swapped out and
for swap entries the swap cache.  Not modelled: the page of the kernel's own that holds
the answers and may be missing (-EAGAIN).
"""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_present, swp_offset
from linuxmm.core import core
from linuxmm.mm.memory.file import cache_slot
from linuxmm.mm.memory.nonpresent import is_pte_marker, is_real_swap_pte
from linuxmm.mm.page import not_modelled, page_flag
from linuxmm.mm.pagewalk import WALK_PRIVATE, WALK_VMA, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_offset_map
from linuxmm.mm.rmap import linear_page_index
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EINVAL,
    ENOMEM,
    NO_PAGE,
    NO_VMA,
    OPS_DEVDAX,
    OPS_FILE,
    OPS_NONE,
    OPS_SHMEM,
    PG_UPTODATE,
    SET_CAPABLE,
    WHY_TOO_MANY,
)
from linuxmm.state.layout import MAX_OUT, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SHIFT, PAGE_SIZE


@core
def find_get_incore_page(m: State, file: int, index: int) -> int:
    """The page of a file in its page cache, of shmem also in the swap cache; or NO_PAGE.

    DAX and a driver's file have no page cache: what they map is found by its entry only.
    """
    if m.file_ops[file] not in (OPS_FILE, OPS_SHMEM) or index >= m.file_nr_pages[file]:
        return NO_PAGE
    slot = cache_slot(m, file, index)
    if m.cache_page[slot] != NO_PAGE:
        return m.cache_page[slot]
    swapped = m.cache_swap[slot]
    return m.swap_page[swapped] if swapped else NO_PAGE


@core
def mincore_page(m: State, page: int) -> int:
    """Is the page that was found up to date, so that nothing would have to be read?"""
    return page_flag(m, page, PG_UPTODATE) if page != NO_PAGE else 0


@core
def mincore_unmapped_range(m: State, k: Rules, addr: int, end: int, walk: int) -> int:
    """Where there is no entry: what the page cache of the file has, nothing of anonymous memory."""
    vec = m.stack[walk + WALK_PRIVATE]
    nr = unmapped_in_core(m, addr, end, m.stack[walk + WALK_VMA], vec)
    m.stack[walk + WALK_PRIVATE] = vec + nr
    return 0


@core
def unmapped_in_core(m: State, addr: int, end: int, vma: int, vec: int) -> int:
    """__mincore_unmapped_range: the words of [addr, end) from m.out[vec] on; how many."""
    nr = (end - addr) >> PAGE_SHIFT
    for i in range(nr):
        m.out[vec + i] = 0
        if m.vma_ops[vma] != OPS_NONE:
            index = linear_page_index(m, vma, addr) + i
            m.out[vec + i] = mincore_page(m, find_get_incore_page(m, m.vma_file[vma], index))
    return nr


@core
def _in_core_leaf(m: State, addr: int, end: int, walk: int) -> int:
    """All of a leaf's pages are there."""
    vec = m.stack[walk + WALK_PRIVATE]
    nr = (end - addr) >> PAGE_SHIFT
    for i in range(nr):
        m.out[vec + i] = 1
    m.stack[walk + WALK_PRIVATE] = vec + nr
    return 0


@core
def mincore_pte_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """A leaf, or the entries of one table; a marker stands where there is none."""
    vec = m.stack[walk + WALK_PRIVATE]
    if pmd_trans_huge(m, pmd):
        return _in_core_leaf(m, addr, end, walk)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        if pte_none(pte) or is_pte_marker(k, pte):
            unmapped_in_core(m, addr, addr + PAGE_SIZE, m.stack[walk + WALK_VMA], vec)
        elif pte_present(pte) == 0 and is_real_swap_pte(k, pte):
            m.out[vec] = mincore_page(m, m.swap_page[swp_offset(pte)])
        else:
            m.out[vec] = 1
        slot += 1
        vec += 1
        addr += PAGE_SIZE
    m.stack[walk + WALK_PRIVATE] = vec
    return 0


@core
def mincore_hugetlb(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """The pages of one entry of hugetlb: they are there when it is."""
    vec = m.stack[walk + WALK_PRIVATE]
    nr = (end - addr) >> PAGE_SHIFT
    for i in range(nr):
        m.out[vec + i] = 1 if pmd_val(m, pmd) else 0
    m.stack[walk + WALK_PRIVATE] = vec + nr
    return 0


mincore_walk: Final = page_walk(
    "mincore_walk", mincore_pte_range, mincore_unmapped_range, hugetlb_entry=mincore_hugetlb
)


@core
def can_do_mincore(m: State, vma: int) -> int:
    """May the caller know what is cached?  Of its own memory and of files that it could write.

    The files of a scenario are its processes' own, and a driver's device takes everybody's writes;
    that of device DAX is root's.
    """
    return 1 if m.vma_ops[vma] != OPS_DEVDAX or m.setting[SET_CAPABLE] else 0


@core
def do_mincore(m: State, k: Rules, mm: int, addr: int, end: int, first: int) -> int:
    """One VMA of the range, or what of it lies there: where it goes on, or -ENOMEM in a hole."""
    vma = find_vma(m, mm, addr)
    if vma == NO_VMA:
        return -ENOMEM
    stop = min(m.vma_end[vma], end)
    if can_do_mincore(m, vma) == 0:
        for i in range((addr - first) >> PAGE_SHIFT, (stop - first) >> PAGE_SHIFT):
            m.out[i] = 1
        return stop
    mincore_walk(m, k, mm, addr, stop, (addr - first) >> PAGE_SHIFT)
    return stop


@core
def sys_mincore(m: State, k: Rules, task: int, addr: int, npages: int) -> int:
    """A word for each page in m.out, 1 or 0; how many, or -ENOMEM where something is unmapped."""
    if addr & (PAGE_SIZE - 1):
        return -EINVAL
    if npages < 0:  # access_ok
        return -ENOMEM
    if npages > MAX_OUT:
        return not_modelled(m, WHY_TOO_MANY)
    first = addr
    end = addr + npages * PAGE_SIZE
    while addr < end:
        addr = do_mincore(m, k, m.task_mm[task], addr, end, first)
        if addr < 0:
            return addr
    return npages
