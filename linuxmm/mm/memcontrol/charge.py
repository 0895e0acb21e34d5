# SPDX-License-Identifier: GPL-2.0-or-later
"""Who a page is charged to, and how much each group has.  Source: mm/memcontrol.c.

A page that is charged names its group (struct page's memcg_data); a group counts its pages
(page_counter of memory).  Groups are there on machines that say so: else mm_memcg is 0, and nothing
is charged.  Not modelled: limits, swap, huge pages, kernel memory.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.constants import NO_PAGE
from linuxmm.state.layout import CURRENT_TASK, State
from linuxmm.state.rules import MAX_CHOICES, Rules
from linuxmm.state.sites import SITE_MC_HANDLE_PRESENT_PTE
from linuxmm.state.vocabulary import LOOKUP_NONE

NO_MEMCG: Final = 0
ROOT_MEMCG: Final = 1  # its counter does not move


@core
def has_memcg_v1(k: Rules) -> int:
    """Has the kernel the files of cgroup v1 (CONFIG_MEMCG_V1), and with them the moves?"""
    lookup = k.choice_lookup[SITE_MC_HANDLE_PRESENT_PTE * MAX_CHOICES]
    return 0 if lookup == LOOKUP_NONE else 1


@core
def charge_memcg(m: State, page: int, memcg: int) -> int:
    """The page is the group's (charge_memcg, commit_charge)."""
    if page == NO_PAGE or memcg == NO_MEMCG:
        return 0
    m.page_memcg[page] = memcg
    m.memcg_memory[memcg] = m.memcg_memory[memcg] + 1
    return 0


@core
def mem_cgroup_charge(m: State, page: int, mm: int) -> int:
    """A new page of an mm is charged to the group of its owner."""
    return charge_memcg(m, page, m.mm_memcg[mm])


@core
def mem_cgroup_charge_current(m: State, page: int) -> int:
    """The same for whoever runs: a page of a file, which belongs to no mm."""
    return mem_cgroup_charge(m, page, m.task_mm[m.scratch[CURRENT_TASK]])


@core
def mem_cgroup_uncharge(m: State, page: int) -> int:
    """A page that is freed is nobody's."""
    memcg = m.page_memcg[page]
    if memcg:
        m.page_memcg[page] = NO_MEMCG
        m.memcg_memory[memcg] = m.memcg_memory[memcg] - 1
    return 0


@core
def mem_cgroup_migrate(m: State, old: int, new: int) -> int:
    """The target of a migration is charged as its source is, which is freed soon."""
    if m.page_memcg[new] == NO_MEMCG:
        charge_memcg(m, new, m.page_memcg[old])
    return 0
