# SPDX-License-Identifier: GPL-2.0-or-later
"""Huge pages of the pool on the list of a migration, and off it again.

Source: mm/hugetlb.c (folio_isolate_hugetlb, folio_putback_hugetlb).
"""

from linuxmm.core import core
from linuxmm.mm.list import list_add_tail
from linuxmm.mm.page import get_page, put_page
from linuxmm.state.constants import EBUSY, LIST_MIGRATE, LIST_NONE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def isolate_hugetlb(m: State, head: int, pages: int) -> int:
    """The page is on the list, with one more reference: 0; -EBUSY: it is on one already."""
    if m.page_list[head] != LIST_NONE:
        return -EBUSY
    m.page_list[head] = LIST_MIGRATE
    get_page(m, head)
    return list_add_tail(m, head, pages)


@core
def putback_hugetlb(m: State, k: Rules, head: int) -> int:
    """The page has left the list, and the reference with it."""
    m.page_list[head] = LIST_NONE
    return put_page(m, k, head)
