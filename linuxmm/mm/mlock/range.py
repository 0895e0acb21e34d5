# SPDX-License-Identifier: GPL-2.0-or-later
"""mlock and munlock of a range by walking its entries: the batch scheme (5.18 and later).

Source: mm/mlock.c (mlock_pte_range, mlock_vma_pages_range).
"""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_pfn, pte_present
from linuxmm.core import core
from linuxmm.mm.compound import compound_head, compound_nr
from linuxmm.mm.huge_memory.split_pmd import is_huge_zero_pmd
from linuxmm.mm.memory.batch import FPB_IGNORE_ALL, folio_pte_batch
from linuxmm.mm.mlock.page import mlock_folio, munlock_page
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import WALK_VMA, page_walk
from linuxmm.mm.pgtable import pmd_trans_huge, pmd_val, pte_offset_map
from linuxmm.mm.sites import refused_page, site_page
from linuxmm.mm.swap import lru_add_drain
from linuxmm.mm.vma import set_vma_flags
from linuxmm.state.constants import VM_IO, VM_LOCKED
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_MLOCK_PTE_RANGE
from linuxmm.state.vocabulary import GIVES_STOP


@core
def _mlock_leaf(m: State, k: Rules, vma: int, pmd: int) -> int:
    """The huge page of a leaf as a whole: the VMA was cut, so that none sticks out."""
    word = pmd_val(m, pmd)
    if is_huge_zero_pmd(m, word):
        return 0
    page = pfn_to_page(m, pte_pfn(word))
    return mlock_folio(m, k, page) if m.vma_flags[vma] & VM_LOCKED else munlock_page(m, k, page)


@core
def mlock_pte_range(m: State, k: Rules, pmd: int, addr: int, end: int, walk: int) -> int:
    """Each present page that the site does not refuse: into this CPU's mlock batch.

    Where parts of a huge page are taken in batches, the whole is mlocked if this table maps all of
    it alike (allow_mlock_munlock), and munlocked in any case.
    """
    vma = m.stack[walk + WALK_VMA]
    if pmd_trans_huge(m, pmd):
        return _mlock_leaf(m, k, vma, pmd)
    slot = pte_offset_map(m, pmd, addr)
    while addr < end:
        pte = m.pte[slot]
        nr = 1
        if pte_present(pte):
            page = site_page(m, k, SITE_MLOCK_PTE_RANGE, vma, addr, pte)
            refused = refused_page(m, k, SITE_MLOCK_PTE_RANGE, page, vma, 0, 0)
            if refused == GIVES_STOP:
                return 0
            nr = folio_pte_batch(m, k, page, slot, end - addr >> 12, FPB_IGNORE_ALL)
            if refused == 0:
                head = compound_head(m, page)
                if m.vma_flags[vma] & VM_LOCKED == 0:
                    munlock_page(m, k, head)
                elif nr == compound_nr(m, head):
                    mlock_folio(m, k, head)
        slot += nr
        addr += nr * 4096
    return 0


mlock_walk: Final = page_walk("mlock_walk", mlock_pte_range)


@core
def mlock_vma_pages_range(m: State, k: Rules, vma: int, start: int, end: int, newflags: int) -> int:
    """Give the VMA its new flags and mlock or munlock every page it maps in [start, end).

    While the pages are walked a VMA that becomes locked carries VM_IO as well, so that the
    reverse map does not mlock them a second time.
    """
    set_vma_flags(m, vma, newflags | VM_IO if newflags & VM_LOCKED else newflags)
    lru_add_drain(m, k)
    mlock_walk(m, k, m.vma_mm[vma], start, end, 0)
    lru_add_drain(m, k)
    return set_vma_flags(m, vma, newflags)
