# SPDX-License-Identifier: GPL-2.0-or-later
"""Compound pages: 512 page rows that are one page of 2 MiB.

Source: include/linux/page-flags.h, include/linux/mm.h (compound_head, total_mapcount), mm_types.h,
mm/page_alloc.c (prep_compound_page, free_compound_page).

The first page is the head (PG_HEAD), the others are tails (PG_TAIL, ours: the kernel has bit 0 of
compound_head).  References, mapping, index, LRU membership and most flags are the head's;
PG_anon_exclusive is each part's own (`PG_EACH`).  All compound pages here are of order 9, so that
the head is the page at the 512-aligned pfn.

How often a page is mapped is kept as two facts: the mappings of each part by PTEs
(m.page_mapcount) and those of the whole by PMDs (`compound_mapcount`).  What a kernel makes of them
(PageDoubleMap and a bias on each part in 5.17 and 6.1, entire_mapcount and nr_pages_mapped later)
is a function of the two, and page_mapcount() is their sum in each.  What concerns the whole stands,
as in the kernel, in fields of the tails, which mean nothing there.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.constants import (
    PG_ALLOCATED,
    PG_ANON_EXCLUSIVE,
    PG_HEAD,
    PG_RESERVED,
    PG_TAIL,
)
from linuxmm.state.layout import State

HPAGE_PMD_ORDER: Final = 9
HPAGE_PMD_NR: Final = 1 << HPAGE_PMD_ORDER
HPAGE_PMD_SIZE: Final = HPAGE_PMD_NR * 4096
PG_EACH: Final = PG_ANON_EXCLUSIVE | PG_RESERVED | PG_HEAD | PG_TAIL | PG_ALLOCATED

# page_private of the n-th page of a compound page
COMPOUND_MAPCOUNT: Final = 1  # mappings of the whole by PMDs
PART_MAPPINGS: Final = 2  # mappings of its parts by PTEs, all added up
DEFERRED_SPLIT: Final = 3  # 1: on the deferred_split queue
HUGETLB_NEXT: Final = 5  # of a free page of hugetlb: pfn of the next one; 0: the last
COMPOUND_PINCOUNT: Final = 4  # FOLL_PIN references, 1 each (a small page: 1024 in its refcount)
PARTIALLY_MAPPED: Final = 6  # PG_partially_mapped, of kernels that queue every huge page
HUGETLB_TEMPORARY: Final = 7  # of a page of hugetlb: 1, it leaves the pool when it is freed
HUGETLB_RESTORE: Final = 8  # of one: 1, when it is freed there is one more promised page


# --- heads and tails ---
@core
def compound_head(m: State, page: int) -> int:
    """The head of the compound page that this page belongs to; of another the page itself."""
    if m.page_flags[page] & PG_TAIL == 0:
        return page
    return page - (page - m.range_row[m.page_range[page]] & HPAGE_PMD_NR - 1)


@core
def page_compound(m: State, page: int) -> int:
    """PageCompound: a head or a tail (of hugetlb too)."""
    return 1 if m.page_flags[page] & (PG_HEAD | PG_TAIL) else 0


@core
def compound_nr(m: State, page: int) -> int:
    """How many pages the page stands for: 512 for a head, else 1 (thp_nr_pages)."""
    return HPAGE_PMD_NR if m.page_flags[page] & PG_HEAD else 1


@core
def of_whole(m: State, head: int, what: int) -> int:
    """What a tail says of the compound page (COMPOUND_MAPCOUNT ...)."""
    return m.page_private[head + what]


@core
def add_to_whole(m: State, head: int, what: int, delta: int) -> int:
    """Change what a tail says of the compound page: what it says now."""
    value = m.page_private[head + what] + delta
    m.page_private[head + what] = value
    return value


@core
def prep_compound_page(m: State, head: int) -> int:
    """512 free pages become one."""
    m.page_flags[head] = PG_HEAD | PG_ALLOCATED
    for page in range(head + 1, head + HPAGE_PMD_NR):
        m.page_flags[page] = PG_TAIL | PG_ALLOCATED
    return 0


@core
def folio_copy(m: State, new: int, old: int) -> int:
    """The new page holds what the old one holds, part by part."""
    for i in range(compound_nr(m, old)):
        m.page_tag[new + i] = m.page_tag[old + i]
    return 0


# --- how often it is mapped ---
@core
def page_mapcount(m: State, page: int) -> int:
    """How many page tables map this page, by a PTE of its own or as a part of a leaf."""
    if page_compound(m, page):
        return m.page_mapcount[page] + of_whole(m, compound_head(m, page), COMPOUND_MAPCOUNT)
    return m.page_mapcount[page]


@core
def total_mapcount(m: State, page: int) -> int:
    """Every mapping of a page or of any part of it."""
    if page_compound(m, page) == 0:
        return m.page_mapcount[page]
    head = compound_head(m, page)
    return of_whole(m, head, COMPOUND_MAPCOUNT) + of_whole(m, head, PART_MAPPINGS)


@core
def add_part_mapcount(m: State, page: int, delta: int) -> int:
    """One PTE more or less maps the page: how many do now."""
    count = m.page_mapcount[page] + delta
    m.page_mapcount[page] = count
    if page_compound(m, page):
        add_to_whole(m, compound_head(m, page), PART_MAPPINGS, delta)
    return count


@core
def parts_mapped(m: State, head: int) -> int:
    """How many parts of a compound page are mapped by PTEs, the PMDs left aside."""
    if of_whole(m, head, PART_MAPPINGS) == 0:
        return 0
    nr = 0
    for page in range(head, head + HPAGE_PMD_NR):
        if m.page_mapcount[page]:
            nr += 1
    return nr
