"""What the readers of task_mmu.c share: the VMAs in their order, which page an entry gives.

Source: include/linux/swapops.h.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.memory.nonpresent import pfn_swap_entry_pfn
from linuxmm.mm.page import page_flag, pfn_to_page
from linuxmm.mm.sites import refused_page, site_page
from linuxmm.mm.vma import next_vma
from linuxmm.state.constants import NO_PAGE, PG_SWAPBACKED, PG_SWAPCACHE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import GIVES_STOP

WALK_ENDS: Final = -1


@core
def first_vma(m: State, mm: int) -> int:
    """The VMA of the mm with the lowest address."""
    return next_vma(m, mm, 0)


@core
def vma_after(m: State, mm: int, vma: int) -> int:
    """The VMA behind this one by address; NO_VMA: it is the last."""
    return next_vma(m, mm, m.vma_end[vma])


@core
def present_page(m: State, k: Rules, site: int, vma: int, addr: int, pte: int) -> int:
    """The page that a present entry gives to this site, lookup and tests both passed.

    NO_PAGE: nothing to do for this entry; WALK_ENDS where the site's record says `stop`: nor
    for those behind it in the same table (a `break` in C).
    """
    page = site_page(m, k, site, vma, addr, pte)
    refused = refused_page(m, k, site, page, vma, 0, 0)
    if refused == GIVES_STOP:
        return WALK_ENDS
    return NO_PAGE if refused else page


@core
def pfn_swap_entry_to_page(m: State, k: Rules, pte: int) -> int:
    """The page behind a non-present entry that names a pfn."""
    return pfn_to_page(m, pfn_swap_entry_pfn(k, pte))


@core
def page_swapcache(m: State, page: int) -> int:
    """PageSwapCache: the flag counts on swap-backed pages only."""
    both = PG_SWAPBACKED | PG_SWAPCACHE
    return 1 if m.page_flags[page] & both == both else 0


@core
def page_lazyfree(m: State, page: int) -> int:
    """Is the (anonymous) page marked by MADV_FREE?"""
    return 0 if page_flag(m, page, PG_SWAPBACKED) else 1
