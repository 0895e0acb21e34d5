# SPDX-License-Identifier: GPL-2.0-or-later
"""MADV_COLLAPSE.  Source: mm/khugepaged.c (madvise_collapse, madvise_collapse_errno).

Not modelled: whether a level above the tables is missing,
which ends the walk otherwise (SCAN_PMD_NULL) where a range crosses 1 GiB.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_SIZE
from linuxmm.mm.huge_memory.vma import hugepage_vma_check
from linuxmm.mm.khugepaged.file import hpage_collapse_scan_file
from linuxmm.mm.khugepaged.pte_mapped import collapse_pte_mapped_thp
from linuxmm.mm.khugepaged.result import (
    SCAN_ALLOC_HUGE_PAGE_FAIL,
    SCAN_DEL_PAGE_LRU,
    SCAN_EXCEED_NONE_PTE,
    SCAN_FAIL,
    SCAN_LACK_REFERENCED_PAGE,
    SCAN_PAGE_COUNT,
    SCAN_PAGE_LOCK,
    SCAN_PAGE_LRU,
    SCAN_PAGE_NULL,
    SCAN_PAGE_RO,
    SCAN_PMD_MAPPED,
    SCAN_PMD_NONE,
    SCAN_PTE_MAPPED_HUGEPAGE,
    SCAN_PTE_NON_PRESENT,
    SCAN_PTE_UFFD_WP,
    SCAN_SUCCEED,
)
from linuxmm.mm.khugepaged.scan import hpage_collapse_scan_pmd
from linuxmm.mm.page import not_modelled
from linuxmm.mm.rmap import linear_page_index
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.state.behaviours import B_COLLAPSE_TOO_EMPTY
from linuxmm.state.constants import (
    EAGAIN,
    EBUSY,
    EINVAL,
    ENOMEM,
    OPS_FILE,
    OPS_NONE,
    WHY_THP,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

PUD_SHIFT: Final = 30


@core
def madvise_collapse(m: State, k: Rules, vma: int, start: int, end: int) -> int:
    """Collapse each aligned 2 MiB of the range: 0 when all are huge pages now, or -errno.

    That of the last failure.  Neither sysfs nor khugepaged's limits are asked.  Files are refused:
    Debian has no READ_ONLY_THP_FOR_FS.
    """
    if m.vma_ops[vma] == OPS_FILE or hugepage_vma_check(m, vma, m.vma_flags[vma], 0) == 0:
        return -EINVAL
    lru_add_drain_all(m, k)
    low = (start + HPAGE_PMD_SIZE - 1) & ~(HPAGE_PMD_SIZE - 1)
    high = end & ~(HPAGE_PMD_SIZE - 1)
    left = high - low >> 21
    last_fail = SCAN_FAIL
    addr = low
    while addr < high:
        if m.vma_ops[vma] == OPS_NONE:
            result = hpage_collapse_scan_pmd(m, k, vma, addr, 0)
        else:
            result = madvise_collapse_file(m, k, vma, addr)
        if result in (SCAN_SUCCEED, SCAN_PMD_MAPPED):
            left -= 1
        else:
            last_fail = result
            if may_go_on(result) == 0:
                if result == SCAN_PMD_NONE and addr >> PUD_SHIFT != (high - 1) >> PUD_SHIFT:
                    not_modelled(m, WHY_THP)
                break
        addr += HPAGE_PMD_SIZE
    return 0 if left == 0 else madvise_collapse_errno(m, k, last_fail)


@core
def madvise_collapse_file(m: State, k: Rules, vma: int, addr: int) -> int:
    """2 MiB of shmem: the file's cache is collapsed, or is a huge page that wants a leaf."""
    mm = m.vma_mm[vma]
    index = linear_page_index(m, vma, addr)
    result = hpage_collapse_scan_file(m, k, mm, addr, m.vma_file[vma], index, 0)
    if result == SCAN_PTE_MAPPED_HUGEPAGE:
        return collapse_pte_mapped_thp(m, k, mm, addr, 1)
    return result


@core
def may_go_on(result: int) -> int:
    """Failures of one table that say nothing of the next."""
    if result in (SCAN_PTE_NON_PRESENT, SCAN_PTE_UFFD_WP, SCAN_PAGE_RO, SCAN_LACK_REFERENCED_PAGE):
        return 1
    if result in (SCAN_PAGE_NULL, SCAN_PAGE_COUNT, SCAN_PAGE_LOCK):
        return 1
    return 1 if result in (SCAN_PAGE_LRU, SCAN_DEL_PAGE_LRU) else 0


@core
def madvise_collapse_errno(m: State, k: Rules, result: int) -> int:
    """What the caller is told of a failure: try again, no memory, or never."""
    if result == SCAN_EXCEED_NONE_PTE and behaviour(m, k, B_COLLAPSE_TOO_EMPTY):
        return -EBUSY
    if result == SCAN_ALLOC_HUGE_PAGE_FAIL:
        return -ENOMEM
    if result in (SCAN_PAGE_COUNT, SCAN_PAGE_LOCK, SCAN_PAGE_LRU, SCAN_DEL_PAGE_LRU):
        return -EAGAIN
    return -EINVAL
