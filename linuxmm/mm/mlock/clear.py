# SPDX-License-Identifier: GPL-2.0-or-later
"""clear_page_mlock: the safety net of the pagevec scheme.  Source: mm/mlock.c (before 5.18)."""

from linuxmm.core import core
from linuxmm.mm.compound import compound_nr
from linuxmm.mm.page import clear_page_flag, page_flag
from linuxmm.mm.swap import count
from linuxmm.mm.vmscan.isolate import isolate_lru_page, putback_lru_page
from linuxmm.state.constants import PG_MLOCKED, PG_UNEVICTABLE
from linuxmm.state.layout import (
    NR_MLOCK,
    UNEVICTABLE_PGCLEARED,
    UNEVICTABLE_PGSTRANDED,
    State,
)
from linuxmm.state.rules import Rules


@core
def clear_page_mlock(m: State, k: Rules, page: int) -> int:
    """The last mapping of a page is gone: it can no longer be mlocked, whatever its type."""
    if page_flag(m, page, PG_MLOCKED) == 0:
        return 0
    clear_page_flag(m, page, PG_MLOCKED)
    nr = compound_nr(m, page)
    count(m, NR_MLOCK, -nr)
    count(m, UNEVICTABLE_PGCLEARED, nr)
    if isolate_lru_page(m, k, page) == 0:
        putback_lru_page(m, k, page)
    elif page_flag(m, page, PG_UNEVICTABLE):
        count(m, UNEVICTABLE_PGSTRANDED, nr)
    return 0
