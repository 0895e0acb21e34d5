# SPDX-License-Identifier: GPL-2.0-or-later
"""memory.reclaim of a group of cgroup v2, where so much is asked for that all that can go goes.

Source: mm/memcontrol.c:memory_reclaim, mm/vmscan.c (try_to_free_mem_cgroup_pages,
do_try_to_free_pages, shrink_lruvec, shrink_active_list, shrink_inactive_list).  Each round scans
from a 4096th of each list up to all of it, and is made again until it has brought nothing for 17
times, so that every page has lost its accessed bits long before, and an active one of a file its
place: in which order the lists are scanned, and how their costs are balanced, does not show.
Without swap anonymous memory is not looked at.  Not modelled: asking for less than there is, what
stays on the lists whatever is done (pinned, dirty, huge and half unmapped), and active pages of
anonymous memory or shmem: whether they leave their list hangs on when the group's counters were
flushed last (inactive_is_low).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import (
    DEFERRED_SPLIT,
    HPAGE_PMD_NR,
    compound_nr,
    of_whole,
    page_compound,
    page_mapcount,
)
from linuxmm.mm.memcontrol.stat import no_such_memcg
from linuxmm.mm.memcontrol.tree import is_memcg_v2, mem_cgroup_is_descendant
from linuxmm.mm.page import not_modelled, page_flag, page_is_file_lru
from linuxmm.mm.sites import behaviour
from linuxmm.mm.swap import count, lru_add_drain_all
from linuxmm.mm.vmscan.fate import ACTIVATE, FREED, SPLIT
from linuxmm.mm.vmscan.isolate import isolate_lru_page
from linuxmm.mm.vmscan.reclaim import page_check_references, shrink_page
from linuxmm.state.behaviours import B_MADV_COLLAPSE
from linuxmm.state.constants import (
    EAGAIN,
    ENOENT,
    LIST_ACTIVE_ANON,
    LIST_ACTIVE_FILE,
    LIST_INACTIVE_ANON,
    LIST_INACTIVE_FILE,
    PG_ACTIVE,
    PG_MLOCKED,
    PG_TAIL,
    SET_SWAP_SLOTS,
    WHY_RECLAIM,
)
from linuxmm.state.layout import (
    PGACTIVATE,
    PGDEACTIVATE,
    RECLAIM_MEMCG,
    SIZE_M,
    SIZE_P,
    State,
)
from linuxmm.state.rules import Rules

CHANCES: Final = 3  # a page that nobody uses is gone after so many scans


@core
def sys_memory_reclaim(m: State, k: Rules, memcg: int, nr: int) -> int:
    """Writing so many pages to memory.reclaim: 0, or -EAGAIN when there were fewer."""
    if no_such_memcg(m, k, memcg) or is_memcg_v2(m) == 0:
        return -ENOENT
    if behaviour(m, k, B_MADV_COLLAPSE) == 0:  # a kernel from before it (5.19)
        return not_modelled(m, WHY_RECLAIM)
    if nr == 0:
        return 0
    lru_add_drain_all(m, k)  # the last attempt does
    there = 0
    for page in range(1, m.used[SIZE_P]):
        if is_reclaimable(m, page, memcg):
            there += compound_nr(m, page)
    if nr < there:
        return not_modelled(m, WHY_RECLAIM)
    m.scratch[RECLAIM_MEMCG] = memcg
    for page in range(1, m.used[SIZE_P]):
        if is_reclaimable(m, page, memcg):
            _reclaim_page(m, k, page, memcg)
    m.scratch[RECLAIM_MEMCG] = 0
    return 0 if there >= nr else -EAGAIN


@core
def is_reclaimable(m: State, page: int, memcg: int) -> int:
    """Is it on a list of the group that is scanned?"""
    if m.page_memcg[page] == 0 or m.page_flags[page] & PG_TAIL:
        return 0
    if mem_cgroup_is_descendant(m, m.page_memcg[page], memcg) == 0:
        return 0
    which = m.page_list[page]
    if which in (LIST_INACTIVE_FILE, LIST_ACTIVE_FILE):
        return 1
    has_swap = 1 if m.setting[SET_SWAP_SLOTS] else 0
    return has_swap if which in (LIST_INACTIVE_ANON, LIST_ACTIVE_ANON) else 0


@core
def _reclaim_page(m: State, k: Rules, page: int, memcg: int) -> int:
    """The page is scanned until it is gone."""
    if page_flag(m, page, PG_MLOCKED) or _others_may_use(m, page, memcg):
        return not_modelled(m, WHY_RECLAIM)
    if page_compound(m, page) and of_whole(m, page, DEFERRED_SPLIT):
        return not_modelled(m, WHY_RECLAIM)  # the shrinker of the queue splits it
    nr = compound_nr(m, page)
    if nr == HPAGE_PMD_NR and m.page_list[page] in (LIST_INACTIVE_FILE, LIST_ACTIVE_FILE):
        return not_modelled(m, WHY_RECLAIM)
    active = page_flag(m, page, PG_ACTIVE)
    if active == 0 and nr == 1 and page_check_references(m, k, page) == ACTIVATE:
        count(m, PGACTIVATE, 1)
        active = 1
    if active and page_is_file_lru(m, page) == 0:
        return not_modelled(m, WHY_RECLAIM)
    count(m, PGDEACTIVATE, active)
    isolate_lru_page(m, k, page)
    m.page_flags[page] = m.page_flags[page] & ~PG_ACTIVE
    for _ in range(CHANCES):
        fate = shrink_page(m, k, page)
        if fate == FREED:
            return 0
        if fate == SPLIT:
            return not_modelled(m, WHY_RECLAIM)
    return not_modelled(m, WHY_RECLAIM)


@core
def _others_may_use(m: State, page: int, memcg: int) -> int:
    """Might a process outside map the page too?  Its accessed bits are not looked at."""
    if page_mapcount(m, page) <= 1:
        return 0
    for mm in range(1, m.used[SIZE_M]):
        if m.mm_users[mm] and mem_cgroup_is_descendant(m, m.mm_memcg[mm], memcg) == 0:
            return 1
    return 0
