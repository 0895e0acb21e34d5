# SPDX-License-Identifier: GPL-2.0-or-later
"""Taking a page off its LRU list and putting it back.  Source: mm/vmscan.c."""

from linuxmm.core import core
from linuxmm.mm.compound import compound_nr
from linuxmm.mm.mm_inline import del_page_from_lru_list
from linuxmm.mm.page import get_page, page_flag, page_is_file_lru, put_page
from linuxmm.mm.swap import lru_cache_add
from linuxmm.state.constants import EBUSY, LIST_ISOLATED, LIST_NONE, PG_LRU
from linuxmm.state.layout import NR_ISOLATED_ANON, NR_ISOLATED_FILE, State
from linuxmm.state.rules import Rules


@core
def isolate_lru_page(m: State, k: Rules, page: int) -> int:
    """Take a page that the caller holds off its list: 0 with one more reference, or -EBUSY.

    The page is then on the caller's private list through page->lru.  The caller counts it in
    nr_isolated_* (`mod_isolated`).
    """
    if page_flag(m, page, PG_LRU) == 0:
        return -EBUSY
    del_page_from_lru_list(m, page)
    m.page_list[page] = LIST_ISOLATED
    get_page(m, page)
    return 0


@core
def mod_isolated(m: State, page: int, delta: int) -> int:
    """Count a page (a huge one is 512) in or out of nr_isolated_anon or nr_isolated_file."""
    which = NR_ISOLATED_FILE if page_is_file_lru(m, page) else NR_ISOLATED_ANON
    m.vmstat[which] = m.vmstat[which] + delta * compound_nr(m, page)
    return 0


@core
def putback_lru_page(m: State, k: Rules, page: int) -> int:
    """Give an isolated page back to the LRU through the lru_add batch; drops isolation's ref."""
    m.page_list[page] = LIST_NONE
    lru_cache_add(m, k, page)
    return put_page(m, k, page)
