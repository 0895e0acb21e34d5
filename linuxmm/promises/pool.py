# SPDX-License-Identifier: GPL-2.0-or-later
"""The promise about the pool of huge pages: none is lost, and no more are promised than are free.

Source: mm/hugetlb.c (free_huge_pages, resv_huge_pages of struct hstate).
"""

from typing import Final

from linuxmm.mm.compound import HUGETLB_NEXT
from linuxmm.mm.hugetlb.reserve import resv_place
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pgtable import PMD_SIZE
from linuxmm.promises.census import Census
from linuxmm.promises.record import Fault, Promise, WrongRule
from linuxmm.state.constants import (
    HPAGE_RESV_OWNER,
    NO_PAGE,
    OPS_HUGETLB,
    PG_HUGETLB,
    SET_HUGETLB_FREE,
    SET_HUGETLB_PAGES,
    SET_HUGETLB_RESV,
)
from linuxmm.state.layout import SIZE_F, SIZE_R, SIZE_V, State
from linuxmm.state.rules import Rules


def _free(m: State) -> list[int]:
    """The pages on the lists of free ones."""
    found: list[int] = []
    for r in range(1, m.used[SIZE_R]):
        pfn = m.range_free_huge[r]
        while pfn and len(found) <= m.setting[SET_HUGETLB_PAGES]:
            found.append(pfn_to_page(m, pfn))
            pfn = m.page_private[found[-1] + HUGETLB_NEXT]
    return found


def _promised(m: State) -> int:
    """Pages that mappings were promised and do not have yet, counted from the reserve maps."""
    nr = 0
    for file in range(1, m.used[SIZE_F]):
        if m.file_ops[file] == OPS_HUGETLB:
            first = m.file_first[file]
            for at in range(first, first + m.file_nr_pages[file]):
                nr += m.cache_resv[at] and m.cache_page[at] == NO_PAGE
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] and m.vma_resv[vma] & HPAGE_RESV_OWNER:
            for addr in range(m.vma_start[vma], m.vma_end[vma], PMD_SIZE):
                nr += not m.cache_resv[resv_place(m, vma, addr)]
    return nr


def _balance(m: State, k: Rules, census: Census) -> list[Fault]:
    """Free and used pages are all there are; those that were promised are among the free."""
    total = m.setting[SET_HUGETLB_PAGES]
    if total == 0:
        return []
    free, resv = m.setting[SET_HUGETLB_FREE], m.setting[SET_HUGETLB_RESV]
    listed, promised = _free(m), _promised(m)
    heads = [page for page in census.heads if m.page_flags[page] & PG_HUGETLB]
    used = [page for page in heads if m.page_refcount[page] > 0]
    texts = (
        (len(heads) != total, f"{len(heads)} huge pages, not {total}, belong to the pool"),
        (free + len(used) != total, f"{free} free and {len(used)} used are not {total}"),
        (sorted(listed) != sorted(set(heads) - set(used)), "a page that is in use is on the list"),
        (resv > free, f"{resv} pages are promised, {free} are free"),
        (resv != promised, f"{resv} pages are promised, the maps say {promised}"),
    )
    return [Fault("hugetlb", text) for wrong, text in texts if wrong]


def _near_pool(m: State, census: Census) -> bool:
    """A page of the pool is in use, or promised."""
    return m.setting[SET_HUGETLB_PAGES] > m.setting[SET_HUGETLB_FREE] - m.setting[SET_HUGETLB_RESV]


POOL: Final = Promise(
    "pool",
    says="the huge pages of the pool are free or in use, each one of the two; those promised to "
    "mappings are the ones that the reserve maps say, and are free",
    broken="the pool of huge pages has lost count of {pages}",
    state=_balance,
    danger=_near_pool,
    wrong=WrongRule(
        "v6.1",
        '[behaviour]\nhugetlb_restores = "private_pages"',
        (
            "P0: a = mmap 512p hugetlb",
            "P0: write a[0] 0x11",
            "P0: g = pin a[0] FOLL_WRITE",
            "P0: munmap a",
        ),
        machine=("sysctl vm.nr_hugepages = 2",),
    ),
)
