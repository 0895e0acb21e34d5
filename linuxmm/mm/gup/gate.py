# SPDX-License-Identifier: GPL-2.0-or-later
"""get_user_pages of the gate area.  Source: mm/gup.c."""

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn
from linuxmm.core import core
from linuxmm.mm.gate import gate_pmd
from linuxmm.mm.gup.grab import try_grab_page
from linuxmm.mm.page import is_zero_pfn, pfn_to_page
from linuxmm.mm.pgtable import pte_offset_map
from linuxmm.mm.sites import refused_page, site_page
from linuxmm.mm.stack import NULL, pop, push
from linuxmm.state.constants import EFAULT, ENOMEM, GATE_VMA, NO_PAGE
from linuxmm.state.flags import FOLL_DUMP, FOLL_WRITE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_GET_GATE_PAGE


@core
def get_gate_page(m: State, k: Rules, mm: int, addr: int, flags: int, vma: int, page: int) -> int:
    """The page of the gate area, grabbed as the flags say: 0, or -errno.

    It is written to m.stack[page] (NULL: nobody wants it), the area's own VMA to m.stack[vma].
    """
    if flags & FOLL_WRITE:
        return -EFAULT
    pte = m.pte[pte_offset_map(m, gate_pmd(m), addr)]
    if pte_none(pte):
        return -EFAULT
    m.stack[vma] = GATE_VMA
    if page == NULL:
        return 0
    found = site_page(m, k, SITE_GET_GATE_PAGE, GATE_VMA, addr, pte)
    refused = refused_page(m, k, SITE_GET_GATE_PAGE, found, GATE_VMA, 0, 0)
    if refused:
        if flags & FOLL_DUMP or is_zero_pfn(m, pte_pfn(pte)) == 0:
            return refused
        found = pfn_to_page(m, pte_pfn(pte))
    m.stack[page] = found
    return 0 if try_grab_page(m, k, found, flags) else -ENOMEM


@core
def gup_gate(m: State, k: Rules, mm: int, addr: int, flags: int, want_page: int) -> int:
    """The same for __get_user_pages: the page's row, NO_PAGE where nobody wants it, or -errno."""
    vma = push(m, 2)
    page = vma + 1 if want_page else NULL
    error = get_gate_page(m, k, mm, addr, flags, vma, page)
    found = m.stack[page] if want_page else NO_PAGE
    pop(m, vma)
    return error if error else found
