# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of the whole of each huge page, held against a census."""

from linuxmm.core import core
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    COMPOUND_PINCOUNT,
    DEFERRED_SPLIT,
    HPAGE_PMD_NR,
    PART_MAPPINGS,
    PARTIALLY_MAPPED,
    of_whole,
)
from linuxmm.mm.page import page_anon
from linuxmm.state.behaviours import B_SPLIT_QUEUE
from linuxmm.state.constants import PG_HEAD, PG_HUGETLB, PG_SWAPCACHE
from linuxmm.state.layout import NR_ANON_THPS, NR_SHMEM_PMDMAPPED, NR_SHMEM_THPS, SIZE_P, State
from linuxmm.state.rules import Rules
from linuxmm.steps.audit.census import LEAVES, MAPPED, PINNED, of_page


@core
def pins_broken(m: State, census: int) -> int:
    """1 when a huge page counts other pins than those that are held."""
    for head in range(1, m.size[SIZE_P]):
        if m.page_flags[head] & PG_HEAD:
            if of_whole(m, head, COMPOUND_PINCOUNT) != m.stack[of_page(m, census, head, PINNED)]:
                return 1
    return 0


@core
def wholes_broken(m: State, census: int) -> int:
    """1 when a huge page, or a total of them, says otherwise how leaves and entries map it."""
    anon, mapped, cached = 0, 0, 0
    for head in range(1, m.size[SIZE_P]):
        if m.page_flags[head] & PG_HEAD:
            leaves = m.stack[of_page(m, census, head, LEAVES)]
            if of_whole(m, head, COMPOUND_MAPCOUNT) != leaves or _parts_differ(m, head):
                return 1
            if m.page_flags[head] & PG_HUGETLB == 0:
                if page_anon(m, head):
                    anon += 1 if leaves else 0
                elif m.page_mapping[head]:
                    cached += 1
                    mapped += 1 if leaves else 0
    if m.vmstat[NR_ANON_THPS] != anon or m.vmstat[NR_SHMEM_PMDMAPPED] != mapped:
        return 1
    return 1 if m.vmstat[NR_SHMEM_THPS] != cached else 0


@core
def _parts_differ(m: State, head: int) -> int:
    """Is what a huge page says of all its parts not what each of them says?"""
    nr = 0
    for page in range(head, head + HPAGE_PMD_NR):
        nr += m.page_mapcount[page]
    return 1 if of_whole(m, head, PART_MAPPINGS) != nr else 0


@core
def part_is_forgotten(m: State, k: Rules, census: int) -> int:
    """1 when an anonymous huge page is mapped in part, and on no queue of what can be split."""
    known = PARTIALLY_MAPPED if k.behaviour[B_SPLIT_QUEUE] else DEFERRED_SPLIT
    for head in range(1, m.size[SIZE_P]):
        if m.page_flags[head] & PG_HEAD and m.page_flags[head] & PG_SWAPCACHE == 0:
            if page_anon(m, head) and of_whole(m, head, known) == 0:
                mapped = 0
                for page in range(head, head + HPAGE_PMD_NR):
                    mapped += 1 if m.stack[of_page(m, census, page, MAPPED)] else 0
                if 0 < mapped < HPAGE_PMD_NR:
                    return 1
    return 0
