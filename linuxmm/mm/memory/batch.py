# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries that map parts of one huge page in a row, taken at once.

Source: mm/internal.h:folio_pte_batch (6.9).  What the entries say of use and of writes does not end
a batch; kernels whose walks take each part by itself know no batch.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import (
    PAGE_ACCESSED,
    PAGE_DIRTY,
    PAGE_RW,
    PAGE_SOFT_DIRTY,
    PTE_PFN_MASK,
    pte_pfn,
)
from linuxmm.core import core
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head, page_compound
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_LARGE_FOLIOS
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

FPB_IGNORE_ALL: Final = PAGE_DIRTY | PAGE_SOFT_DIRTY  # FPB_IGNORE_DIRTY and _SOFT_DIRTY


@core
def folio_pte_batch(m: State, k: Rules, page: int, slot: int, max_nr: int, ignored: int) -> int:
    """How many of the next `max_nr` entries from `slot` on, which maps `page`, are one batch.

    `ignored`: what may differ beside the accessed and the write bit.
    """
    if page_compound(m, page) == 0 or behaviour(m, k, B_LARGE_FOLIOS) == 0:
        return 1
    alike = ~(PTE_PFN_MASK | PAGE_ACCESSED | PAGE_RW | ignored)
    left = compound_head(m, page) + HPAGE_PMD_NR - page
    first = m.pte[slot]
    pfn = pte_pfn(first)
    nr = 1
    while nr < min(max_nr, left):
        pte = m.pte[slot + nr]
        if pte_pfn(pte) != pfn + nr or (pte ^ first) & alike:
            return nr
        nr += 1
    return nr
