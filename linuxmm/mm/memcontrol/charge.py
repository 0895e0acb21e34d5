# SPDX-License-Identifier: GPL-2.0-or-later
"""Who a page is charged to, and how much each group has.  Source: mm/memcontrol.c.

A page that is charged names its group (struct page's memcg_data), each part of a huge one as well;
a group counts its own pages, and what is below it counts for it too (`page_counter_read`).  A slot
of swap remembers who had its page.  Groups are there on machines that say so: else mm_memcg is 0,
and nothing is charged.  Not modelled: a charge near memory.max, but for a new anonymous page of
a group with one process and nothing to reclaim; kernel memory.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import compound_nr, page_compound
from linuxmm.mm.memcontrol.tree import (
    is_memcg_v2,
    mem_cgroup_is_descendant,
    memcg_limit,
    page_counter_read,
    parent_mem_cgroup,
)
from linuxmm.mm.memcontrol.uncharge import NO_MEMCG
from linuxmm.mm.page import not_modelled, page_is_file_lru
from linuxmm.state.constants import (
    FAULT_FLAG_USER,
    NO_PAGE,
    NO_VMA,
    SET_SWAP_SLOTS,
    WHY_MEMCG_LIMIT,
)
from linuxmm.state.layout import CURRENT_TASK, SIZE_M, SIZE_P, SIZE_U, State
from linuxmm.state.rules import MAX_CHOICES, Rules
from linuxmm.state.sites import SITE_MC_HANDLE_PRESENT_PTE
from linuxmm.state.vocabulary import LOOKUP_NONE

MEMCG_CHARGE_BATCH: Final = 64  # pages that each CPU may have in stock


@core
def has_memcg_v1(k: Rules) -> int:
    """Has the kernel the files of cgroup v1 (CONFIG_MEMCG_V1), and with them the moves?"""
    lookup = k.choice_lookup[SITE_MC_HANDLE_PRESENT_PTE * MAX_CHOICES]
    return 0 if lookup == LOOKUP_NONE else 1


@core
def memcg_over_limit(m: State, memcg: int, nr: int) -> int:
    """The group whose memory.max so many more pages would pass; 0: none (try_charge_memcg).

    What CPUs have in stock is given back before anybody is killed, but there is an attempt to
    reclaim before that too: where there is something to reclaim, the stocks would have to be known.
    """
    while is_memcg_v2(m) and memcg:
        limit = memcg_limit(m, memcg)
        used = page_counter_read(m, memcg) + nr
        if limit and used + MEMCG_CHARGE_BATCH * m.size[SIZE_U] > limit:
            if may_reclaim(m, memcg):
                not_modelled(m, WHY_MEMCG_LIMIT)
            if used > limit:
                return memcg
        memcg = parent_mem_cgroup(m, memcg)
    return 0


@core
def may_reclaim(m: State, memcg: int) -> int:
    """Is there swap, or a page of a file, one that is freed lazily, or a huge one in the group?"""
    if m.setting[SET_SWAP_SLOTS]:
        return 1
    for page in range(1, m.used[SIZE_P]):
        if m.page_memcg[page] and mem_cgroup_is_descendant(m, m.page_memcg[page], memcg):
            if page_is_file_lru(m, page) or page_compound(m, page):
                return 1
    return 0


@core
def charge_ends_process(m: State, mm: int, flags: int) -> int:
    """Does the charge of one page fail, and the OOM killer take the process that faults?

    mem_cgroup_out_of_memory has no choice when it is the group's only one.
    """
    over = memcg_over_limit(m, m.mm_memcg[mm], 1)
    if over == 0:
        return 0
    others = 1 if m.mm_users[mm] > 1 else 0
    for other in range(1, m.used[SIZE_M]):
        if other != mm and m.mm_users[other]:
            others |= mem_cgroup_is_descendant(m, m.mm_memcg[other], over)
    if others or flags & FAULT_FLAG_USER == 0:
        not_modelled(m, WHY_MEMCG_LIMIT)
    return 1


@core
def charge_memcg(m: State, page: int, memcg: int) -> int:
    """The page is the group's, all of it if it is huge."""
    if page == NO_PAGE or memcg == NO_MEMCG:
        return 0
    if memcg_over_limit(m, memcg, compound_nr(m, page)):
        not_modelled(m, WHY_MEMCG_LIMIT)
    return commit_charge(m, page, memcg)


@core
def commit_charge(m: State, page: int, memcg: int) -> int:
    """The same whatever the limit."""
    nr = compound_nr(m, page)
    for part in range(page, page + nr):
        m.page_memcg[part] = memcg
    m.memcg_memory[memcg] = m.memcg_memory[memcg] + nr
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
def mem_cgroup_charge_fault(m: State, page: int, vma: int) -> int:
    """The same for the mm whose fault it is, or for whoever runs where it is none (NO_VMA)."""
    if vma == NO_VMA:
        return mem_cgroup_charge_current(m, page)
    return mem_cgroup_charge(m, page, m.vma_mm[vma])


@core
def mem_cgroup_swapin_charge(m: State, page: int, slot: int) -> int:
    """A page that is read from swap is charged to the group whose page went there."""
    return charge_memcg(m, page, m.swap_memcg[slot])


@core
def mem_cgroup_migrate(m: State, old: int, new: int) -> int:
    """The target of a migration is charged as its source is, which is freed soon."""
    if m.page_memcg[new] == NO_MEMCG and m.page_memcg[old] != NO_MEMCG:
        commit_charge(m, new, m.page_memcg[old])
    return 0
