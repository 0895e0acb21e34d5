# SPDX-License-Identifier: GPL-2.0-or-later
"""What the readers of task_mmu.c share: the VMAs in their order, and inlines on pages.

Source: include/linux/swapops.h.
"""

from linuxmm.core import core
from linuxmm.mm.compound import compound_head
from linuxmm.mm.memory.nonpresent import pfn_swap_entry_pfn
from linuxmm.mm.page import page_flag, pfn_to_page
from linuxmm.mm.vma import next_vma
from linuxmm.state.constants import PG_SWAPBACKED, PG_SWAPCACHE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def first_vma(m: State, mm: int) -> int:
    """The VMA of the mm with the lowest address."""
    return next_vma(m, mm, 0)


@core
def vma_after(m: State, mm: int, vma: int) -> int:
    """The VMA behind this one by address; NO_VMA: it is the last."""
    return next_vma(m, mm, m.vma_end[vma])


@core
def pfn_swap_entry_to_page(m: State, k: Rules, pte: int) -> int:
    """The page behind a non-present entry that names a pfn."""
    return pfn_to_page(m, pfn_swap_entry_pfn(k, pte))


@core
def page_swapcache(m: State, page: int) -> int:
    """PageSwapCache: the flag counts on swap-backed pages only."""
    both = PG_SWAPBACKED | PG_SWAPCACHE
    return 1 if m.page_flags[compound_head(m, page)] & both == both else 0


@core
def page_lazyfree(m: State, page: int) -> int:
    """Is the (anonymous) page marked by MADV_FREE?"""
    return 0 if page_flag(m, page, PG_SWAPBACKED) else 1
