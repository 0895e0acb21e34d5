# SPDX-License-Identifier: GPL-2.0-or-later
"""The lists of free huge pages.  Source: mm/hugetlb.c (enqueue_huge_page, free_huge_page,
dequeue_huge_page_node_exact, remove_hugetlb_page)."""

from linuxmm.core import core
from linuxmm.mm.compound import (
    HPAGE_PMD_NR,
    HUGETLB_NEXT,
    HUGETLB_RESTORE,
    of_whole,
    total_mapcount,
)
from linuxmm.state.constants import (
    NO_PAGE,
    PG_ANON_EXCLUSIVE,
    PG_HUGETLB,
    SET_HUGETLB_FREE,
    SET_HUGETLB_PAGES,
    SET_HUGETLB_RESV,
)
from linuxmm.state.layout import State


@core
def enqueue_huge_page(m: State, head: int) -> int:
    """The page is the first of the free ones of its node."""
    r = m.page_range[head]
    m.page_private[head + HUGETLB_NEXT] = m.range_free_huge[r]
    m.range_free_huge[r] = m.range_start_pfn[r] + head - m.range_row[r]
    m.setting[SET_HUGETLB_FREE] = m.setting[SET_HUGETLB_FREE] + 1
    return 0


@core
def dequeue_huge_page_range(m: State, r: int) -> int:
    """The first free huge page of a node's memory, with one reference; NO_PAGE: it has none."""
    pfn = m.range_free_huge[r]
    if pfn == 0:
        return NO_PAGE
    head = m.range_row[r] + pfn - m.range_start_pfn[r]
    m.range_free_huge[r] = m.page_private[head + HUGETLB_NEXT]
    m.page_private[head + HUGETLB_NEXT] = 0
    m.page_refcount[head] = 1
    m.setting[SET_HUGETLB_FREE] = m.setting[SET_HUGETLB_FREE] - 1
    return head


@core
def free_huge_pages_range(m: State, r: int) -> int:
    """How many free huge pages a node's memory has."""
    nr = 0
    pfn = m.range_free_huge[r]
    while pfn:
        nr += 1
        pfn = m.page_private[m.range_row[r] + pfn - m.range_start_pfn[r] + HUGETLB_NEXT]
    return nr


@core
def free_huge_page(m: State, head: int) -> int:
    """The last reference is gone: back into the pool (1), or, still mapped, a bug (0).

    PG_uptodate, PG_dirty and PG_referenced stay.  What it held is cleared when it is handed out.
    """
    m.page_flags[head] = m.page_flags[head] & ~PG_ANON_EXCLUSIVE
    m.page_mapping[head] = 0
    m.page_index[head] = 0
    for page in range(head, head + HPAGE_PMD_NR):
        m.page_tag[page] = 0
    restore_reserve(m, head)
    sound = 1 if total_mapcount(m, head) == 0 else 0
    enqueue_huge_page(m, head)
    return sound


@core
def restore_reserve(m: State, head: int) -> int:
    """A page that its process was promised is promised again (HPageRestoreReserve)."""
    m.setting[SET_HUGETLB_RESV] = m.setting[SET_HUGETLB_RESV] + of_whole(m, head, HUGETLB_RESTORE)
    m.page_private[head + HUGETLB_RESTORE] = 0
    return 0


@core
def remove_hugetlb_page(m: State, head: int) -> int:
    """A page that is freed belongs to the pool no more (HPageTemporary)."""
    restore_reserve(m, head)
    m.page_flags[head] = m.page_flags[head] & ~PG_HUGETLB
    m.setting[SET_HUGETLB_PAGES] = m.setting[SET_HUGETLB_PAGES] - 1
    return 0
