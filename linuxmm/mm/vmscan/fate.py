# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of an isolated page in mm/vmscan.c:shrink_folio_list."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.page import free_page
from linuxmm.state.constants import LIST_NONE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

FREED: Final = 0
KEEP: Final = 1
ACTIVATE: Final = 2
SPLIT: Final = 5  # a huge page is 512 isolated ones now, each with a fate of its own


@core
def free_isolated(m: State, k: Rules, page: int) -> int:
    """The page goes back to the allocator with its isolation reference."""
    m.page_list[page] = LIST_NONE
    m.page_refcount[page] = 0
    free_page(m, k, page)
    return FREED
