# SPDX-License-Identifier: GPL-2.0-or-later
"""MADV_POPULATE_READ, MADV_POPULATE_WRITE and MADV_WILLNEED.

Source: mm/madvise.c, mm/gup.c:faultin_vma_page_range.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_present, swp_offset
from linuxmm.core import core
from linuxmm.mm.gup.pages import check_vma_flags, get_user_pages_range
from linuxmm.mm.memory.file import do_page_cache_ra
from linuxmm.mm.memory.nonpresent import is_real_swap_pte
from linuxmm.mm.page import not_modelled, put_page
from linuxmm.mm.pagewalk import WALK_PRIVATE, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pte_offset_map
from linuxmm.mm.rmap import linear_page_index
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import lru_add_drain
from linuxmm.mm.swap_state import read_swap_cache_async
from linuxmm.state.behaviours import B_MLOCK_SCHEME
from linuxmm.state.constants import (
    EFAULT,
    EHWPOISON,
    EINVAL,
    ENOMEM,
    NO_PAGE,
    NO_VMA,
    OPS_FILE,
    OPS_SHMEM,
    WHY_DEVICE,
)
from linuxmm.state.flags import (
    FOLL_HWPOISON,
    FOLL_MLOCK,
    FOLL_POPULATE,
    FOLL_TOUCH,
    FOLL_UNLOCKABLE,
    FOLL_WRITE,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import MADV_POPULATE_WRITE


@core
def faultin_vma_page_range(m: State, k: Rules, vma: int, start: int, end: int, write: int) -> int:
    """Fault a range of one VMA in, as the process itself would: pages done, or -errno.

    GUP that still knows FOLL_MLOCK gets it here too; the batch scheme drains instead.
    """
    flags = FOLL_TOUCH | FOLL_HWPOISON | FOLL_UNLOCKABLE
    flags |= k.foll_known[0] & (FOLL_POPULATE | FOLL_MLOCK)
    if write:
        flags |= FOLL_WRITE
    if check_vma_flags(m, k, vma, flags):
        return -EINVAL
    pages = get_user_pages_range(m, k, m.vma_mm[vma], start, (end - start) >> 12, flags, 0)
    if behaviour(m, k, B_MLOCK_SCHEME):
        lru_add_drain(m, k)
    return pages


@core
def madvise_populate(m: State, k: Rules, vma: int, start: int, end: int, advice: int) -> int:
    """Fault every page of the range in: 0, or the error of the first that does not come."""
    write = 1 if advice == MADV_POPULATE_WRITE else 0
    while start < end:
        pages = faultin_vma_page_range(m, k, vma, start, end, write)
        if pages in (-EINVAL, -EFAULT, -EHWPOISON):
            return pages
        if pages < 0:
            return -ENOMEM
        if pages == 0:  # would sleep for ever: a migration or device entry that stays
            return not_modelled(m, WHY_DEVICE)
        start += pages * 4096
    return 0


@core
def swapin_walk_pmd_entry(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """Read what one table has in swap, for the VMA that the walk's caller gave; no leaf."""
    if pmd_trans_huge(m, pmd):
        return 0
    vma = m.stack[walk + WALK_PRIVATE]
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        if pte_none(pte) == 0 and pte_present(pte) == 0 and is_real_swap_pte(k, pte):
            page = read_swap_cache_async(m, k, swp_offset(pte), vma, addr)
            if page != NO_PAGE:
                put_page(m, k, page)
        slot += 1
        addr += 4096
    return 0


swapin_walk: Final = page_walk("swapin_walk", swapin_walk_pmd_entry)


@core
def madvise_willneed(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """Start reading: swap entries into the swap cache, file pages into the page cache.

    Not modelled: reading takes no time.
    """
    file = m.vma_file[vma]
    if file == 0:
        swapin_walk(m, k, m.vma_mm[vma], start, end, vma)
        return lru_add_drain(m, k)
    first = linear_page_index(m, vma, start)
    last = first + ((end - start) >> 12)
    if last > m.file_nr_pages[file]:
        last = m.file_nr_pages[file]
    for index in range(first, last):
        place = m.file_first[file] + index
        if m.file_ops[file] == OPS_SHMEM and m.cache_swap[place]:
            page = read_swap_cache_async(m, k, m.cache_swap[place], NO_VMA, 0)
            if page != NO_PAGE:
                put_page(m, k, page)
    if m.file_ops[file] == OPS_FILE:
        do_page_cache_ra(m, k, file, first, last - first)
    if m.file_ops[file] == OPS_SHMEM:
        lru_add_drain(m, k)
    return 0
