# SPDX-License-Identifier: GPL-2.0-or-later
"""A pass of khugepaged over all that it looks at.

Source: mm/khugepaged.c (khugepaged_do_scan, khugepaged_scan_mm_slot).
"""

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_SIZE
from linuxmm.mm.khugepaged.file import hpage_collapse_scan_file
from linuxmm.mm.khugepaged.pte_mapped import (
    collapse_pte_mapped_thp,
    khugepaged_collapse_pte_mapped_thps,
)
from linuxmm.mm.khugepaged.result import (
    SCAN_PTE_MAPPED_HUGEPAGE,
    SCAN_SUCCEED,
    find_pmd_or_thp_or_none,
)
from linuxmm.mm.khugepaged.scan import hpage_collapse_scan_pmd
from linuxmm.mm.khugepaged.slots import (
    is_for_khugepaged,
    khugepaged_add_pte_mapped_thp,
    next_slot,
)
from linuxmm.mm.pgtable import walk_to_pmd
from linuxmm.mm.rmap import linear_page_index
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.mm.vma import next_vma
from linuxmm.state.behaviours import B_RETRACTS_TABLES
from linuxmm.state.constants import NO_VMA, OPS_NONE, SET_THP, THP_NEVER, TRAP_NONE
from linuxmm.state.layout import TRAP_CODE, State
from linuxmm.state.rules import Rules


@core
def khugepaged(m: State, k: Rules, passes: int) -> int:
    """So many passes, at least one; each begins by draining the batches of every CPU.

    With transparent_hugepage/enabled `never` there is no such thread.
    """
    if m.setting[SET_THP] == THP_NEVER:
        return 0
    for _ in range(max(passes, 1)):
        lru_add_drain_all(m, k)
        mm = next_slot(m, 0)
        while mm:
            khugepaged_scan_mm_slot(m, k, mm)
            mm = next_slot(m, m.mm_khugepaged[mm])
    return 0


@core
def khugepaged_scan_mm_slot(m: State, k: Rules, mm: int) -> int:
    """Every aligned 2 MiB of the areas that may have huge pages."""
    khugepaged_collapse_pte_mapped_thps(m, k, mm)
    vma = next_vma(m, mm, 0)
    while vma != NO_VMA:
        end = m.vma_end[vma] & ~(HPAGE_PMD_SIZE - 1)
        addr = (m.vma_start[vma] + HPAGE_PMD_SIZE - 1) & ~(HPAGE_PMD_SIZE - 1)
        if is_for_khugepaged(m, vma, m.vma_flags[vma]) == 0:
            addr = end
        while addr < end and m.scratch[TRAP_CODE] == TRAP_NONE:
            if m.vma_ops[vma] == OPS_NONE:
                hpage_collapse_scan_pmd(m, k, vma, addr, 1)
            else:
                khugepaged_scan_file(m, k, vma, addr)
            addr += HPAGE_PMD_SIZE
        vma = next_vma(m, mm, m.vma_end[vma])
    return 0


@core
def khugepaged_scan_file(m: State, k: Rules, vma: int, addr: int) -> int:
    """What is mapped there of shmem.  mmap_lock was dropped: the daemon comes back to the process,
    and begins with the tables that wait.  Where all go at once, none waits."""
    mm = m.vma_mm[vma]
    index = linear_page_index(m, vma, addr)
    result = hpage_collapse_scan_file(m, k, mm, addr, m.vma_file[vma], index, 1)
    if result == SCAN_PTE_MAPPED_HUGEPAGE and behaviour(m, k, B_RETRACTS_TABLES):
        return collapse_pte_mapped_thp(m, k, mm, addr, 0)
    if result == SCAN_PTE_MAPPED_HUGEPAGE:
        if find_pmd_or_thp_or_none(m, walk_to_pmd(m, vma, addr), addr) == SCAN_SUCCEED:
            khugepaged_add_pte_mapped_thp(m, mm, addr)
    return khugepaged_collapse_pte_mapped_thps(m, k, mm)
