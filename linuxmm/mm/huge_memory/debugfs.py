# SPDX-License-Identifier: GPL-2.0-or-later
"""/sys/kernel/debug/split_huge_pages: huge pages of a process, of a file, or all of them.

Source: mm/huge_memory.c (split_huge_pages_pid, split_huge_pages_in_file, split_huge_pages_all,
split_huge_pages_write).  What is found is never said.
"""

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head, page_compound
from linuxmm.mm.folio_walk import take_page
from linuxmm.mm.gup.follow import site_follow_page
from linuxmm.mm.huge_memory.split_page import split_huge_page
from linuxmm.mm.memory.file import cache_slot
from linuxmm.mm.page import get_page, not_modelled, page_flag, put_page
from linuxmm.mm.sites import refused_page, uses_folio_walk
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EACCES,
    EINVAL,
    ESRCH,
    NO_PAGE,
    NO_VMA,
    OPS_DEVDAX,
    OPS_FSDAX,
    OPS_HUGETLB,
    OPS_NONE,
    PG_HEAD,
    PG_HUGETLB,
    PG_LOCKED,
    PG_LRU,
    SET_CAPABLE,
    VM_HUGETLB,
    VM_IO,
    VM_MIXEDMAP,
    VM_PFNMAP,
    WHY_THP,
)
from linuxmm.state.layout import SIZE_P, State
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

    Behind an area that is passed over, one page is passed over too.
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
def split_huge_pages_in_file(m: State, k: Rules, file: int, start: int, end: int) -> int:
    """Split what the file has in its cache of these pages.

    A huge page that is met in its middle is passed over as if it began there.
    """
    index = end if m.file_ops[file] == OPS_HUGETLB else start  # no is_transparent_hugepage()
    while index < end and index < m.file_nr_pages[file]:
        page = m.cache_page[cache_slot(m, file, index)]
        index += 1
        if page != NO_PAGE and page_compound(m, page):
            head = compound_head(m, page)
            index += HPAGE_PMD_NR - 1
            if page_flag(m, head, PG_LOCKED) == 0:
                split_held(m, k, head)
    return 0


@core
def split_huge_pages_all(m: State, k: Rules) -> int:
    """Split every huge page of system memory that is on an LRU list, none of hugetlb."""
    for head in range(1, m.used[SIZE_P]):
        flags = m.page_flags[head]
        if flags & PG_HEAD and flags & PG_HUGETLB == 0 and flags & PG_LRU:
            if flags & PG_LOCKED:
                return not_modelled(m, WHY_THP)  # it would sleep
            split_held(m, k, head)
    return 0


@core
def split_held(m: State, k: Rules, head: int) -> int:
    """Split a huge page with a reference that is dropped behind it."""
    get_page(m, head)
    split_huge_page(m, k, head)
    return put_page(m, k, head)


# --- the three that can be written into it ---
@core
def sys_split_huge_pages(m: State, k: Rules, mm: int, start: int, nr: int) -> int:
    """A range of a process: 0, -EACCES (the file is root's) or -ESRCH."""
    if m.setting[SET_CAPABLE] == 0:
        return -EACCES
    if m.mm_users[mm] == 0:
        return -ESRCH
    return split_huge_pages_pid(m, k, mm, start, start + nr * PAGE_SIZE)


@core
def sys_split_huge_pages_in_file(m: State, k: Rules, file: int, first: int, nr: int) -> int:
    """The path of a file, and which of its pages."""
    if m.setting[SET_CAPABLE] == 0:
        return -EACCES
    return split_huge_pages_in_file(m, k, file, first, first + nr)


@core
def sys_split_huge_pages_all(m: State, k: Rules, number: int) -> int:
    """A number alone: 1 means all, no other means anything."""
    if m.setting[SET_CAPABLE] == 0:
        return -EACCES
    return split_huge_pages_all(m, k) if number == 1 else -EINVAL
