# SPDX-License-Identifier: GPL-2.0-or-later
"""memory.stat and memory.current of a group, in bytes.

Source: mm/memcontrol.c (memcg_stat_show of cgroup v1; memory_stats, memcg_stat_format and
memory_current_read of v2).  What a kernel counts step by step is counted here from what is charged.
A group of v2 counts what is below it too.  Not modelled: what a CPU has in stock, which
memory.current shows beside what is charged (up to 64 pages of each CPU).
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    HPAGE_PMD_NR,
    compound_head,
    of_whole,
    page_compound,
    page_mapcount,
)
from linuxmm.mm.memcontrol.charge import has_memcg_v1
from linuxmm.mm.memcontrol.tree import (
    is_memcg_v2,
    mem_cgroup_is_descendant,
    memcg_exists,
    page_counter_read,
)
from linuxmm.mm.page import page_anon, page_flag, page_mapping_row
from linuxmm.state.constants import (
    ENOENT,
    LIST_ACTIVE_ANON,
    LIST_ACTIVE_FILE,
    LIST_INACTIVE_ANON,
    LIST_INACTIVE_FILE,
    LIST_UNEVICTABLE,
    OPS_SHMEM,
    PG_HEAD,
    PG_SWAPCACHE,
)
from linuxmm.state.layout import SIZE_P, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SIZE

MEMORY_STAT_FIELDS: Final = (
    *("cache", "rss", "mapped_file"),  # v1
    *("anon", "file", "file_mapped", "swapcached", "anon_thp", "shmem_thp"),  # v2
    *("shmem", "inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable"),
)
STAT_CACHE: Final = 0
STAT_RSS: Final = 1
STAT_MAPPED_FILE: Final = 2
STAT_ANON: Final = 3
STAT_FILE: Final = 4
STAT_FILE_MAPPED: Final = 5
STAT_SWAPCACHED: Final = 6
STAT_ANON_THP: Final = 7
STAT_SHMEM_THP: Final = 8
STAT_SHMEM: Final = 9
STAT_INACTIVE_ANON: Final = 10
STAT_ACTIVE_ANON: Final = 11
STAT_INACTIVE_FILE: Final = 12
STAT_ACTIVE_FILE: Final = 13
STAT_UNEVICTABLE: Final = 14
NR_STAT: Final = 15
NO_STAT: Final = -1  # this version has no such line


@core
def sys_memory_stat(m: State, k: Rules, memcg: int) -> int:
    """What is charged to the group, by what it is, in m.out; or -ENOENT."""
    if no_such_memcg(m, k, memcg):
        return -ENOENT
    for field in range(NR_STAT):
        m.out[field] = 0
    for page in range(1, m.used[SIZE_P]):
        if m.page_memcg[page] and mem_cgroup_is_descendant(m, m.page_memcg[page], memcg):
            _count_page(m, page)
    v2 = is_memcg_v2(m)
    for field in range(STAT_SHMEM):
        if (field >= STAT_ANON) != v2:
            m.out[field] = NO_STAT
    return NR_STAT


@core
def sys_memory_current(m: State, k: Rules, memcg: int) -> int:
    """memory.current (v1: memory.usage_in_bytes) without what CPUs have in stock; or -ENOENT."""
    if no_such_memcg(m, k, memcg):
        return -ENOENT
    return page_counter_read(m, memcg) * PAGE_SIZE


@core
def no_such_memcg(m: State, k: Rules, memcg: int) -> int:
    """Is there no folder of this group: it was not made, or the kernel has no cgroup v1?"""
    if memcg_exists(m, memcg) == 0:
        return 1
    return 1 if is_memcg_v2(m) == 0 and has_memcg_v1(k) == 0 else 0


@core
def _add(m: State, field: int, pages: int) -> int:
    m.out[field] = m.out[field] + pages * PAGE_SIZE
    return 0


@core
def _count_page(m: State, page: int) -> int:
    """One page, or one part of a huge one, where it is counted."""
    head = compound_head(m, page)
    whole = of_whole(m, head, COMPOUND_MAPCOUNT) if page_compound(m, page) else 0
    mapped = 1 if page_mapcount(m, page) else 0
    if page_flag(m, page, PG_HEAD):
        _count_list(m, m.page_list[page], HPAGE_PMD_NR)
    elif page_compound(m, page) == 0:
        _count_list(m, m.page_list[page], 1)
    if page_flag(m, head, PG_SWAPCACHE):
        _add(m, STAT_SWAPCACHED, 1)
    if page_anon(m, head):
        _add(m, STAT_RSS, mapped)
        _add(m, STAT_ANON, mapped)
        return _add(m, STAT_ANON_THP, 1 if whole else 0)
    file = page_mapping_row(m, head)
    if file == 0:
        return 0
    _add(m, STAT_CACHE, 1)
    _add(m, STAT_FILE, 1)
    _add(m, STAT_MAPPED_FILE, mapped)
    _add(m, STAT_FILE_MAPPED, mapped)
    if m.file_ops[file] == OPS_SHMEM:
        _add(m, STAT_SHMEM, 1)
        _add(m, STAT_SHMEM_THP, page_compound(m, page))
    return 0


@core
def _count_list(m: State, which: int, pages: int) -> int:
    """Pages of one of the five LRU lists."""
    if which == LIST_INACTIVE_ANON:
        return _add(m, STAT_INACTIVE_ANON, pages)
    if which == LIST_ACTIVE_ANON:
        return _add(m, STAT_ACTIVE_ANON, pages)
    if which == LIST_INACTIVE_FILE:
        return _add(m, STAT_INACTIVE_FILE, pages)
    if which == LIST_ACTIVE_FILE:
        return _add(m, STAT_ACTIVE_FILE, pages)
    return _add(m, STAT_UNEVICTABLE, pages) if which == LIST_UNEVICTABLE else 0
