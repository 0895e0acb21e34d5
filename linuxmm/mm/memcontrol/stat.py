# SPDX-License-Identifier: GPL-2.0-or-later
"""memory.stat of a group of cgroup v1, in bytes.  Source: mm/memcontrol.c:memcg_stat_show."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.memcontrol.charge import has_memcg_v1
from linuxmm.mm.page import not_modelled, page_anon, page_mapping_row
from linuxmm.state.constants import OPS_SHMEM, WHY_MEMCG
from linuxmm.state.layout import SIZE_P, State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SIZE

MEMORY_STAT_FIELDS: Final = ("cache", "rss", "shmem", "mapped_file")
STAT_CACHE: Final = 0
STAT_RSS: Final = 1
STAT_SHMEM: Final = 2
STAT_MAPPED_FILE: Final = 3
NR_STAT: Final = 4


@core
def sys_memory_stat(m: State, k: Rules, memcg: int) -> int:
    """What is charged to the group, by what it is, in m.out: mapped anonymous pages, page cache."""
    if has_memcg_v1(k) == 0:
        return not_modelled(m, WHY_MEMCG)
    for field in range(NR_STAT):
        m.out[field] = 0
    for page in range(1, m.used[SIZE_P]):
        if m.page_memcg[page] == memcg:
            _count_page(m, page)
    return NR_STAT


@core
def _count_page(m: State, page: int) -> int:
    """One page, where it is counted."""
    mapped = PAGE_SIZE if m.page_mapcount[page] else 0
    if page_anon(m, page):
        m.out[STAT_RSS] = m.out[STAT_RSS] + mapped
        return 0
    file = page_mapping_row(m, page)
    if file == 0:
        return 0
    m.out[STAT_CACHE] = m.out[STAT_CACHE] + PAGE_SIZE
    m.out[STAT_MAPPED_FILE] = m.out[STAT_MAPPED_FILE] + mapped
    if m.file_ops[file] == OPS_SHMEM:
        m.out[STAT_SHMEM] = m.out[STAT_SHMEM] + PAGE_SIZE
    return 0
