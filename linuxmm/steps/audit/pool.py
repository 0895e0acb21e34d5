# SPDX-License-Identifier: GPL-2.0-or-later
"""The pool of huge pages: are they all free or in use, and those promised the ones that maps say?

Source: mm/hugetlb.c (free_huge_pages, resv_huge_pages of struct hstate).
"""

from linuxmm.core import core
from linuxmm.mm.compound import HUGETLB_NEXT
from linuxmm.mm.hugetlb.reserve import resv_place
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pgtable import PMD_SIZE
from linuxmm.state.constants import (
    HPAGE_RESV_OWNER,
    NO_PAGE,
    OPS_HUGETLB,
    PG_HEAD,
    PG_HUGETLB,
    SET_HUGETLB_FREE,
    SET_HUGETLB_PAGES,
    SET_HUGETLB_RESV,
)
from linuxmm.state.layout import SIZE_F, SIZE_P, SIZE_R, SIZE_V, State


@core
def pool_broken(m: State) -> int:
    """1 when the pool has lost count of a page, or of a promise."""
    total, free = m.setting[SET_HUGETLB_PAGES], m.setting[SET_HUGETLB_FREE]
    heads, used = 0, 0
    for page in range(1, m.size[SIZE_P]):
        if _of_pool(m, page):
            heads += 1
            used += 1 if m.page_refcount[page] > 0 else 0
    if heads != total or free + used != total or _nr_listed(m) != heads - used:
        return 1
    resv = m.setting[SET_HUGETLB_RESV]
    return 1 if resv > free or resv != _nr_promised(m) else 0


@core
def _of_pool(m: State, page: int) -> int:
    return 1 if m.page_flags[page] & PG_HEAD and m.page_flags[page] & PG_HUGETLB else 0


@core
def _nr_listed(m: State) -> int:
    """How many pages the lists of free ones have; -1 when one of these is in use."""
    nr = 0
    for r in range(1, m.used[SIZE_R]):
        pfn = m.range_free_huge[r]
        while pfn and nr <= m.setting[SET_HUGETLB_PAGES]:  # else it runs in a circle
            page = pfn_to_page(m, pfn)
            if _of_pool(m, page) == 0 or m.page_refcount[page] > 0:
                return -1
            nr += 1
            pfn = m.page_private[page + HUGETLB_NEXT]
    return nr


@core
def _nr_promised(m: State) -> int:
    """Pages that mappings were promised and do not have yet, by the reserve maps."""
    nr = 0
    for file in range(1, m.used[SIZE_F]):
        if m.file_ops[file] == OPS_HUGETLB:
            first = m.file_first[file]
            for place in range(first, first + m.file_nr_pages[file]):
                if m.cache_resv[place] and m.cache_page[place] == NO_PAGE:
                    nr += 1
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] and m.vma_resv[vma] & HPAGE_RESV_OWNER:
            for addr in range(m.vma_start[vma], m.vma_end[vma], PMD_SIZE):
                nr += 0 if m.cache_resv[resv_place(m, vma, addr)] else 1
    return nr
