# SPDX-License-Identifier: GPL-2.0-or-later
"""A pass of khugepaged over all that it looks at.

Source: mm/khugepaged.c (khugepaged_do_scan, khugepaged_scan_mm_slot).
"""

from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_SIZE
from linuxmm.mm.khugepaged.scan import hpage_collapse_scan_pmd
from linuxmm.mm.khugepaged.slots import is_for_khugepaged, next_slot
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.mm.vma import next_vma
from linuxmm.state.constants import NO_VMA, SET_THP, THP_NEVER, TRAP_NONE
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
    vma = next_vma(m, mm, 0)
    while vma != NO_VMA:
        end = m.vma_end[vma] & ~(HPAGE_PMD_SIZE - 1)
        addr = (m.vma_start[vma] + HPAGE_PMD_SIZE - 1) & ~(HPAGE_PMD_SIZE - 1)
        if is_for_khugepaged(m, vma, m.vma_flags[vma]) == 0:
            addr = end
        while addr < end and m.scratch[TRAP_CODE] == TRAP_NONE:
            hpage_collapse_scan_pmd(m, k, vma, addr, 1)
            addr += HPAGE_PMD_SIZE
        vma = next_vma(m, mm, m.vma_end[vma])
    return 0
