# SPDX-License-Identifier: GPL-2.0-or-later
"""/proc/kpageflags and /proc/kpagecount, by pfn.

Source: fs/proc/page.c (stable_page_flags, kpagecount_read).  Both ask for an "online" page, so
every ZONE_DEVICE pfn reads as one without memmap.  Not modelled: per-CPU lists of free pages (all
free pages read as buddy pages), slab, page tables, poisoned pages.
"""

from linuxmm.core import core
from linuxmm.fs.proc.task_mmu.pagemap import pagemap_read
from linuxmm.fs.proc.task_mmu.walk import page_swapcache
from linuxmm.mm.compound import compound_head, page_compound, page_mapcount, total_mapcount
from linuxmm.mm.page import (
    is_zero_pfn,
    is_zone_device_page,
    page_anon,
    page_ksm,
    page_to_pfn,
    pfn_to_page,
)
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_KPAGEFLAGS_KSM, B_KPAGEFLAGS_OF, B_KPAGEFLAGS_OFFLINE
from linuxmm.state.constants import (
    E2BIG,
    EACCES,
    EINVAL,
    NO_PAGE,
    PG_ACTIVE,
    PG_ALLOCATED,
    PG_ANON_EXCLUSIVE,
    PG_DIRTY,
    PG_HEAD,
    PG_HUGETLB,
    PG_IDLE,
    PG_LOCKED,
    PG_LRU,
    PG_MLOCKED,
    PG_PRIVATE,
    PG_RECLAIM,
    PG_REFERENCED,
    PG_RESERVED,
    PG_SWAPBACKED,
    PG_SWAPCACHE,
    PG_UNEVICTABLE,
    PG_UPTODATE,
    PG_WRITEBACK,
    RANGE_RAM,
    SET_CAPABLE,
    SET_HUGE_ZERO_PFN,
)
from linuxmm.state.layout import MAX_OUT, SECTION_SHIFT, SIZE_X, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    KPF_ACTIVE,
    KPF_ANON,
    KPF_BUDDY,
    KPF_COMPOUND_HEAD,
    KPF_COMPOUND_TAIL,
    KPF_DIRTY,
    KPF_HUGE,
    KPF_IDLE,
    KPF_KSM,
    KPF_LOCKED,
    KPF_LRU,
    KPF_MAPPEDTODISK,
    KPF_MLOCKED,
    KPF_MMAP,
    KPF_NOPAGE,
    KPF_OWNER_PRIVATE,
    KPF_PRIVATE,
    KPF_RECLAIM,
    KPF_REFERENCED,
    KPF_RESERVED,
    KPF_SWAPBACKED,
    KPF_SWAPCACHE,
    KPF_THP,
    KPF_UNEVICTABLE,
    KPF_UPTODATE,
    KPF_WRITEBACK,
    KPF_ZERO_PAGE,
    PM_PFRAME_MASK,
)


@core
def _copy_bit(flags: int, mask: int, bit: int) -> int:
    return 1 << bit if flags & mask else 0


@core
def _pseudo_flags(m: State, k: Rules, page: int, pfn: int) -> int:
    """What is not one flag of struct page: mapped, anonymous, KSM, the zero page, free."""
    word = 0
    if total_mapcount(m, page) > 0:
        word |= 1 << KPF_MMAP
    if page_anon(m, page):
        word |= 1 << KPF_ANON
    if page_ksm(m, page) or (page_anon(m, page) and behaviour(m, k, B_KPAGEFLAGS_KSM)):
        word |= 1 << KPF_KSM
    if is_zero_pfn(m, pfn):
        word |= 1 << KPF_ZERO_PAGE
    if page_compound(m, page):
        word |= _compound_flags(m, page)
    if m.page_flags[page] & (PG_ALLOCATED | PG_RESERVED) == 0 and m.page_refcount[page] == 0:
        word |= 1 << KPF_BUDDY
    if page_swapcache(m, page):
        word |= 1 << KPF_SWAPCACHE
    return word


@core
def _compound_flags(m: State, page: int) -> int:
    """Head or tail; of hugetlb, or of a huge page (PageTransCompound) that is anonymous or zero."""
    head = compound_head(m, page)
    word = 1 << KPF_COMPOUND_TAIL if head != page else 0
    if m.page_flags[head] & PG_HUGETLB:
        return word | 1 << KPF_HUGE
    if page_to_pfn(m, head) == m.setting[SET_HUGE_ZERO_PFN]:
        return word | 1 << KPF_ZERO_PAGE | 1 << KPF_THP
    return word | 1 << KPF_THP


@core
def _copied_flags(flags: int) -> int:
    """The flags of struct page that are shown as they are."""
    word = _copy_bit(flags, PG_LOCKED, KPF_LOCKED)
    word |= _copy_bit(flags, PG_REFERENCED, KPF_REFERENCED)
    word |= _copy_bit(flags, PG_UPTODATE, KPF_UPTODATE)
    word |= _copy_bit(flags, PG_DIRTY, KPF_DIRTY)
    word |= _copy_bit(flags, PG_LRU, KPF_LRU)
    word |= _copy_bit(flags, PG_ACTIVE, KPF_ACTIVE)
    word |= _copy_bit(flags, PG_WRITEBACK, KPF_WRITEBACK)
    word |= _copy_bit(flags, PG_RECLAIM, KPF_RECLAIM)
    word |= _copy_bit(flags, PG_SWAPBACKED, KPF_SWAPBACKED)
    word |= _copy_bit(flags, PG_HEAD, KPF_COMPOUND_HEAD)
    word |= _copy_bit(flags, PG_UNEVICTABLE, KPF_UNEVICTABLE)
    word |= _copy_bit(flags, PG_IDLE, KPF_IDLE)
    word |= _copy_bit(flags, PG_RESERVED, KPF_RESERVED)
    word |= _copy_bit(flags, PG_MLOCKED, KPF_MLOCKED)
    word |= _copy_bit(flags, PG_ANON_EXCLUSIVE, KPF_MAPPEDTODISK)
    word |= _copy_bit(flags, PG_PRIVATE, KPF_PRIVATE)
    return word | _copy_bit(flags, PG_SWAPCACHE, KPF_OWNER_PRIVATE)


@core
def _free_without_row(m: State, pfn: int) -> int:
    """Is this a pfn of system memory that no row was made for yet: a free page?"""
    section = pfn >> SECTION_SHIFT
    if section < 0 or section >= m.size[SIZE_X]:
        return 0
    r = m.section_range[section]
    if r == 0 or m.range_type[r] != RANGE_RAM:
        return 0
    offset = pfn - m.range_start_pfn[r]
    return 1 if m.range_rows[r] <= offset < m.range_nr_pages[r] else 0


@core
def stable_page_flags(m: State, k: Rules, pfn: int) -> int:
    """The kpageflags word of a pfn."""
    page = pfn_to_page(m, pfn)
    if page == NO_PAGE:
        return 1 << KPF_BUDDY if _free_without_row(m, pfn) else _not_online(m, k)
    if is_zone_device_page(m, page):
        return _not_online(m, k)
    flags = m.page_flags[page]
    if behaviour(m, k, B_KPAGEFLAGS_OF):
        flags = m.page_flags[compound_head(m, page)] & ~PG_HEAD | flags & PG_HEAD
    return _pseudo_flags(m, k, page, pfn) | _copied_flags(flags)


@core
def _not_online(m: State, k: Rules) -> int:
    return 0 if behaviour(m, k, B_KPAGEFLAGS_OFFLINE) else 1 << KPF_NOPAGE


@core
def kpagecount(m: State, pfn: int) -> int:
    """How often the page is mapped; 0 without an online page."""
    page = pfn_to_page(m, pfn)
    if page == NO_PAGE or is_zone_device_page(m, page):
        return 0
    return page_mapcount(m, page)


@core
def _read_refused(m: State, nr: int) -> int:
    """The files are the superuser's (mode 0400); a read fits the result buffer."""
    if m.setting[SET_CAPABLE] == 0:
        return -EACCES
    if nr < 0:
        return -EINVAL
    return -E2BIG if nr > MAX_OUT else 0


@core
def sys_kpageflags(m: State, k: Rules, pfn: int, nr: int) -> int:
    """`nr` words from a pfn on in m.out."""
    error = _read_refused(m, nr)
    if error:
        return error
    for i in range(nr):
        m.out[i] = stable_page_flags(m, k, pfn + i)
    return nr


@core
def sys_kpagecount(m: State, k: Rules, pfn: int, nr: int) -> int:
    """`nr` counts from a pfn on in m.out."""
    error = _read_refused(m, nr)
    if error:
        return error
    for i in range(nr):
        m.out[i] = kpagecount(m, pfn + i)
    return nr


@core
def sys_kpageflags_at(m: State, k: Rules, mm: int, addr: int, nr: int) -> int:
    """The kpageflags word of the page mapped at each of `nr` addresses; -1: pagemap shows none.

    What a program does that reads the frame from pagemap and looks it up.
    """
    return _frames_at(m, k, mm, addr, nr, 0)


@core
def sys_kpagecount_at(m: State, k: Rules, mm: int, addr: int, nr: int) -> int:
    """The kpagecount of the page mapped at each of `nr` addresses; -1: pagemap shows none."""
    return _frames_at(m, k, mm, addr, nr, 1)


@core
def _frames_at(m: State, k: Rules, mm: int, addr: int, nr: int, counts: int) -> int:
    error = _read_refused(m, nr)
    if error:
        return error
    pagemap_read(m, k, mm, addr, nr, 1)
    for i in range(nr):
        word = m.out[i]
        m.out[i] = -1
        if word < 0:  # present
            pfn = word & PM_PFRAME_MASK
            m.out[i] = kpagecount(m, pfn) if counts else stable_page_flags(m, k, pfn)
    return nr
