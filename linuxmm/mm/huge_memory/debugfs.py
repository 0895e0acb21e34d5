# SPDX-License-Identifier: GPL-2.0-or-later
"""/sys/kernel/debug/split_huge_pages: huge pages of a range of one process.

Source: mm/huge_memory.c:split_huge_pages_pid.  Not modelled: its other two inputs, all huge pages
of the machine and those of a file.
"""

from linuxmm.core import core
from linuxmm.mm.folio_walk import take_page
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.page import put_page
from linuxmm.mm.sites import refused_page, uses_folio_walk
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EACCES,
    ESRCH,
    NO_PAGE,
    NO_VMA,
    OPS_DEVDAX,
    OPS_FSDAX,
    OPS_NONE,
    SET_CAPABLE,
    VM_HUGETLB,
    VM_IO,
    VM_MIXEDMAP,
    VM_PFNMAP,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_SPLIT_HUGE_PAGES_PID
from linuxmm.uapi import PAGE_SIZE


@core
def vma_is_special_huge(m: State, vma: int) -> int:
    """DAX, or a raw mapping of a driver."""
    if m.vma_ops[vma] in (OPS_FSDAX, OPS_DEVDAX):
        return 1
    raw = m.vma_flags[vma] & (VM_PFNMAP | VM_MIXEDMAP)
    return 1 if m.vma_ops[vma] != OPS_NONE and raw else 0


@core
def vma_not_suitable_for_thp_split(m: State, vma: int) -> int:
    """DAX, raw mappings of a driver, I/O memory and hugetlb are passed over."""
    return 1 if vma_is_special_huge(m, vma) or m.vma_flags[vma] & (VM_IO | VM_HUGETLB) else 0


@core
def split_huge_pages_pid(m: State, k: Rules, mm: int, start: int, end: int) -> int:
    """Split what can be split, address by address, up to the first hole.

    What is found is never said.  Behind an area that is passed over, one page is passed over too.
    """
    addr = start
    while addr < end:
        vma = find_vma(m, mm, addr)
        if vma == NO_VMA:
            return 0
        if vma_not_suitable_for_thp_split(m, vma):
            addr = m.vma_end[vma]
        else:
            page = site_follow_page(m, k, SITE_SPLIT_HUGE_PAGES_PID, vma, addr)
            held = 0 if uses_folio_walk(k, SITE_SPLIT_HUGE_PAGES_PID) else 1
            refused = refused_page(m, k, SITE_SPLIT_HUGE_PAGES_PID, page, vma, 0, held)
            if refused == 0 and page > NO_PAGE:
                take_page(m, k, SITE_SPLIT_HUGE_PAGES_PID, page)
                split_huge_page(m, k, page)
                put_page(m, k, page)
        addr += PAGE_SIZE
    return 0


@core
def sys_split_huge_pages(m: State, k: Rules, mm: int, start: int, nr: int) -> int:
    """Write a range of a process into the file, which is root's: 0, -EACCES or -ESRCH."""
    if m.setting[SET_CAPABLE] == 0:
        return -EACCES
    if m.mm_users[mm] == 0:
        return -ESRCH
    return split_huge_pages_pid(m, k, mm, start, start + nr * PAGE_SIZE)
