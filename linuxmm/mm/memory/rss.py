# SPDX-License-Identifier: GPL-2.0-or-later
"""rss counters: with deltas of each task (SPLIT_RSS_COUNTING), or of each CPU (since 6.2).

Source: mm/memory.c, include/linux/mm.h.  Not modelled: what each CPU keeps from a counter (up to 32
pages, lib/percpu_counter.c): VmRSS and its like in /proc/PID/status are exact here, and lag there.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.behaviours import B_RSS_DELTAS
from linuxmm.state.constants import (
    MM_ANONPAGES,
    MM_FILEPAGES,
    MM_SHMEMPAGES,
    NR_MM_COUNTERS,
)
from linuxmm.state.layout import CURRENT_TASK, SIZE_C, State
from linuxmm.state.rules import Rules

TASK_RSS_EVENTS_THRESH: Final = 64


@core
def add_mm_counter(m: State, mm: int, which: int, delta: int) -> int:
    """Add to a counter (MM_*) of the mm itself."""
    i = mm * NR_MM_COUNTERS + which
    m.mm_rss[i] = m.mm_rss[i] + delta
    return 0


@core
def add_mm_counter_fast(m: State, k: Rules, mm: int, which: int, delta: int) -> int:
    """Add to the current task's delta when it runs in this mm and has one, else to the mm."""
    task = m.scratch[CURRENT_TASK]
    if k.behaviour[B_RSS_DELTAS] == 0 and task and m.task_mm[task] == mm:
        i = task * NR_MM_COUNTERS + which
        m.task_rss[i] = m.task_rss[i] + delta
        return 0
    return add_mm_counter(m, mm, which, delta)


@core
def sync_mm_rss(m: State, task: int) -> int:
    """Fold a task's deltas into its mm."""
    mm = m.task_mm[task]
    for which in range(NR_MM_COUNTERS):
        i = task * NR_MM_COUNTERS + which
        if m.task_rss[i]:
            add_mm_counter(m, mm, which, m.task_rss[i])
            m.task_rss[i] = 0
    m.task_rss_events[task] = 0
    return 0


@core
def sync_current_rss(m: State, mm: int) -> int:
    """Before counters are changed in bulk, the current task's deltas go in."""
    task = m.scratch[CURRENT_TASK]
    if task and m.task_mm[task] == mm:
        sync_mm_rss(m, task)
    return 0


@core
def init_rss_vec(m: State, rss: int) -> int:
    """A vector of counters, all 0."""
    for which in range(NR_MM_COUNTERS):
        m.stack[rss + which] = 0
    return 0


@core
def add_rss(m: State, rss: int, which: int, delta: int) -> int:
    """Add to a counter of a vector: NR_MM_COUNTERS words of m.stack, collected over a range."""
    m.stack[rss + which] = m.stack[rss + which] + delta
    return 0


@core
def add_mm_rss_vec(m: State, mm: int, rss: int) -> int:
    """Add a vector to the counters of an mm."""
    sync_current_rss(m, mm)
    for which in range(NR_MM_COUNTERS):
        if m.stack[rss + which]:
            add_mm_counter(m, mm, which, m.stack[rss + which])
    return 0


@core
def check_sync_rss_stat(m: State) -> int:
    """At each fault of a user task: after 64 of them its deltas are folded in."""
    task = m.scratch[CURRENT_TASK]
    if task == 0:
        return 0
    events = m.task_rss_events[task]
    m.task_rss_events[task] = events + 1
    if events > TASK_RSS_EVENTS_THRESH:
        sync_mm_rss(m, task)
    return 0


@core
def rss_of(m: State, mm: int, which: int) -> int:
    """A counter with the deltas of all its tasks: what it would be after a sync."""
    total = m.mm_rss[mm * NR_MM_COUNTERS + which]
    for task in range(1, m.used[SIZE_C]):
        if m.task_mm[task] == mm:
            total += m.task_rss[task * NR_MM_COUNTERS + which]
    return total


@core
def get_mm_counter(m: State, mm: int, which: int) -> int:
    """A counter as others read it: never below zero."""
    return max(m.mm_rss[mm * NR_MM_COUNTERS + which], 0)


@core
def get_mm_rss(m: State, mm: int) -> int:
    """Resident pages of all kinds."""
    anon = get_mm_counter(m, mm, MM_ANONPAGES)
    file = get_mm_counter(m, mm, MM_FILEPAGES)
    return anon + file + get_mm_counter(m, mm, MM_SHMEMPAGES)


@core
def update_hiwater_rss(m: State, mm: int) -> int:
    """Before rss shrinks: remember its peak (VmHWM)."""
    rss = get_mm_rss(m, mm)
    if m.mm_hiwater_rss[mm] < rss:
        m.mm_hiwater_rss[mm] = rss
    return 0
