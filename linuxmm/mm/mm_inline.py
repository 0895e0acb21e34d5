# SPDX-License-Identifier: GPL-2.0-or-later
"""LRU list membership.  Source: include/linux/mm_inline.h.

A list is known by its name only: nothing that is modelled depends on the order within it.
PG_lru says that a page is on one of the five lists; `page_list` says on which.
"""

from linuxmm.core import core
from linuxmm.mm.page import clear_page_flag, page_flag, set_page_flag
from linuxmm.state.constants import (
    LIST_ACTIVE_ANON,
    LIST_ACTIVE_FILE,
    LIST_INACTIVE_ANON,
    LIST_INACTIVE_FILE,
    LIST_NONE,
    LIST_UNEVICTABLE,
    PG_ACTIVE,
    PG_LRU,
    PG_SWAPBACKED,
    PG_UNEVICTABLE,
)
from linuxmm.state.layout import State


@core
def page_lru(m: State, page: int) -> int:
    """The list a page belongs on by its flags (LIST_*)."""
    if page_flag(m, page, PG_UNEVICTABLE):
        return LIST_UNEVICTABLE
    active = page_flag(m, page, PG_ACTIVE)
    if page_flag(m, page, PG_SWAPBACKED):
        return LIST_ACTIVE_ANON if active else LIST_INACTIVE_ANON
    return LIST_ACTIVE_FILE if active else LIST_INACTIVE_FILE


@core
def add_page_to_lru_list(m: State, page: int) -> int:
    """Set PG_lru and link the page on the list of its flags."""
    set_page_flag(m, page, PG_LRU)
    m.page_list[page] = page_lru(m, page)
    return 0


@core
def del_page_from_lru_list(m: State, page: int) -> int:
    """Clear PG_lru and unlink the page."""
    clear_page_flag(m, page, PG_LRU)
    m.page_list[page] = LIST_NONE
    return 0


@core
def move_page_on_lru(m: State, page: int) -> int:
    """Put a page that is on a list on the list that its flags name now."""
    m.page_list[page] = page_lru(m, page)
    return 0
