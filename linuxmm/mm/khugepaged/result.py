# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of 2 MiB: enum scan_result of mm/khugepaged.c, in the numbers of 6.1."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.pgtable import PMD_SIZE, pmd_none, pmd_table, pmd_trans_huge
from linuxmm.mm.swap import count
from linuxmm.state.layout import THP_SCAN_EXCEED_SHARED_PTE, State
from linuxmm.state.vocabulary import (
    TEST_EXTRA_REFERENCES,
    TEST_FAR_NODE,
    TEST_ISOLATION_FAILS,
    TEST_LOCKED,
    TEST_NOT_ANON,
    TEST_NOT_LRU,
    TEST_SWAPCACHE_SHARED,
    TEST_TOO_MANY_SHARED,
)

SCAN_FAIL: Final = 0
SCAN_SUCCEED: Final = 1
SCAN_PMD_NONE: Final = 3
SCAN_PMD_MAPPED: Final = 4
SCAN_EXCEED_NONE_PTE: Final = 5
SCAN_EXCEED_SWAP_PTE: Final = 6
SCAN_EXCEED_SHARED_PTE: Final = 7
SCAN_PTE_NON_PRESENT: Final = 8
SCAN_PTE_UFFD_WP: Final = 9
SCAN_PTE_MAPPED_HUGEPAGE: Final = 10
SCAN_PAGE_RO: Final = 11
SCAN_LACK_REFERENCED_PAGE: Final = 12
SCAN_PAGE_NULL: Final = 13
SCAN_SCAN_ABORT: Final = 14
SCAN_PAGE_COUNT: Final = 15
SCAN_PAGE_LRU: Final = 16
SCAN_PAGE_LOCK: Final = 17
SCAN_PAGE_ANON: Final = 18
SCAN_PAGE_COMPOUND: Final = 19
SCAN_VMA_CHECK: Final = 22
SCAN_DEL_PAGE_LRU: Final = 24
SCAN_ALLOC_HUGE_PAGE_FAIL: Final = 25
SCAN_TRUNCATED: Final = 27
SCAN_PAGE_LAZYFREE: Final = 40  # of later kernels


@core
def find_pmd_or_thp_or_none(m: State, pmd: int, addr: int) -> int:
    """Is there a table (SCAN_SUCCEED), a leaf, or nothing?"""
    if pmd_trans_huge(m, pmd):
        return SCAN_PMD_MAPPED
    if pmd_table(m, pmd) or pmd_none(m, pmd, addr, addr + PMD_SIZE) == 0:
        return SCAN_SUCCEED
    return SCAN_PMD_NONE


@core
def result_of_test(m: State, test: int) -> int:
    """What a page gives that a test of the site's record refuses (0: none does); counted."""
    if test == 0:
        return SCAN_SUCCEED
    if test == TEST_TOO_MANY_SHARED:
        count(m, THP_SCAN_EXCEED_SHARED_PTE, 1)
        return SCAN_EXCEED_SHARED_PTE
    if test == TEST_FAR_NODE:
        return SCAN_SCAN_ABORT
    if test == TEST_NOT_LRU:
        return SCAN_PAGE_LRU
    if test == TEST_LOCKED:
        return SCAN_PAGE_LOCK
    if test == TEST_NOT_ANON:
        return SCAN_PAGE_ANON
    if test == TEST_EXTRA_REFERENCES:
        return SCAN_PAGE_COUNT
    if test == TEST_ISOLATION_FAILS:
        return SCAN_DEL_PAGE_LRU
    if test == TEST_SWAPCACHE_SHARED:
        return SCAN_FAIL  # SCAN_SWAP_CACHE_PAGE, before 6.1
    return SCAN_PAGE_NULL  # no page, or one of a device
