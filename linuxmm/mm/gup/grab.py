# SPDX-License-Identifier: GPL-2.0-or-later
"""References that GUP takes: gets, pins, and the unshare of a read-only pin.  Source: mm/gup.c."""

from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_PINCOUNT,
    add_to_whole,
    compound_head,
    page_compound,
)
from linuxmm.mm.memory.lookup import is_cow_mapping
from linuxmm.mm.page import page_anon, page_flag, put_page_refs
from linuxmm.mm.sites import (
    behaviour,
)
from linuxmm.mm.swap import count
from linuxmm.state.behaviours import B_GUP_UNSHARES, B_PIN_COUNTS_ZERO_PAGE, B_UNSHARES
from linuxmm.state.constants import (
    GUP_PIN_COUNTING_BIAS,
    NO_VMA,
    PG_ANON_EXCLUSIVE,
    SET_ZERO_PAGE,
)
from linuxmm.state.flags import FOLL_GET, FOLL_LONGTERM, FOLL_PIN, FOLL_WRITE
from linuxmm.state.layout import (
    NR_FOLL_PIN_ACQUIRED,
    NR_FOLL_PIN_RELEASED,
    State,
)
from linuxmm.state.rules import Rules


@core
def try_grab_page(m: State, k: Rules, page: int, flags: int) -> int:
    """FOLL_GET: one reference; FOLL_PIN: a pin.  0 when the page's count is not positive."""
    return try_grab_folio(m, k, page, 1, flags)


@core
def try_grab_folio(m: State, k: Rules, page: int, refs: int, flags: int) -> int:
    """So many of them at once, for that many parts of a huge page."""
    if flags & (FOLL_GET | FOLL_PIN) == 0:
        return 1
    head = compound_head(m, page)
    if m.page_refcount[head] <= 0:
        return 0
    if flags & FOLL_GET:
        m.page_refcount[head] = m.page_refcount[head] + refs
        return 1
    if page == m.setting[SET_ZERO_PAGE] and behaviour(m, k, B_PIN_COUNTS_ZERO_PAGE) == 0:
        return 1
    if page_compound(m, page):
        add_to_whole(m, head, COMPOUND_PINCOUNT, refs)
        m.page_refcount[head] = m.page_refcount[head] + refs
    else:
        m.page_refcount[page] = m.page_refcount[page] + refs * GUP_PIN_COUNTING_BIAS
    count(m, NR_FOLL_PIN_ACQUIRED, refs)
    return 1


@core
def gup_put_page(m: State, k: Rules, page: int, flags: int) -> int:
    """Drop what try_grab_page took with the same flags."""
    return gup_put_folio(m, k, page, 1, flags)


@core
def gup_put_folio(m: State, k: Rules, page: int, refs: int, flags: int) -> int:
    """Drop what try_grab_folio took with the same flags."""
    if flags & FOLL_GET:
        return put_page_refs(m, k, page, refs)
    if page == m.setting[SET_ZERO_PAGE] and k.behaviour[B_PIN_COUNTS_ZERO_PAGE] == 0:
        return 0
    count(m, NR_FOLL_PIN_RELEASED, refs)
    if page_compound(m, page):
        add_to_whole(m, compound_head(m, page), COMPOUND_PINCOUNT, -refs)
        return put_page_refs(m, k, page, refs)
    return put_page_refs(m, k, page, refs * GUP_PIN_COUNTING_BIAS)


@core
def gup_must_unshare(m: State, k: Rules, vma: int, page: int, flags: int) -> int:
    """A read-only pin of an anonymous page that is not exclusive must first get its own copy.

    Since 6.2 a long-term one of any page of a private mapping (NO_VMA, of fast GUP: perhaps).
    """
    if flags & (FOLL_WRITE | FOLL_PIN) != FOLL_PIN or behaviour(m, k, B_GUP_UNSHARES) == 0:
        return 0
    if page_anon(m, page) == 0:
        if flags & FOLL_LONGTERM == 0 or behaviour(m, k, B_UNSHARES) == 0:
            return 0
        return 1 if vma == NO_VMA or is_cow_mapping(m.vma_flags[vma]) else 0
    return 0 if page_flag(m, page, PG_ANON_EXCLUSIVE) else 1
