# SPDX-License-Identifier: GPL-2.0-or-later
"""get_user_pages of the gate area.  Source: mm/gup.c."""

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn
from linuxmm.core import core
from linuxmm.mm.gate import gate_pte
from linuxmm.mm.gup.grab import try_grab_page
from linuxmm.mm.page import is_zero_pfn, pfn_to_page
from linuxmm.mm.sites import refused_page, site_page
from linuxmm.state.constants import EFAULT, ENOMEM, NO_PAGE, NO_VMA
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import FOLL_DUMP, FOLL_WRITE, SITE_GET_GATE_PAGE


@core
def get_gate_page(m: State, k: Rules, addr: int, flags: int, want_page: int) -> int:
    """The page of the gate area, grabbed as the flags say: its row, or -errno.

    NO_PAGE: it is there, and nobody wants it.  The area's own VMA has no flag that a lookup asks
    for: the null row stands for it.
    """
    if flags & FOLL_WRITE:
        return -EFAULT
    pte = gate_pte(m)
    if pte_none(pte):
        return -EFAULT
    if want_page == 0:
        return NO_PAGE
    page = site_page(m, k, SITE_GET_GATE_PAGE, NO_VMA, addr, pte)
    refused = refused_page(m, k, SITE_GET_GATE_PAGE, page, NO_VMA, 0, 0)
    if refused:
        if flags & FOLL_DUMP or is_zero_pfn(m, pte_pfn(pte)) == 0:
            return refused
        page = pfn_to_page(m, pte_pfn(pte))
    return page if try_grab_page(m, k, page, flags) else -ENOMEM
