# SPDX-License-Identifier: GPL-2.0-or-later
"""Operations 500..599: readers of /proc and /sys, and clear_refs.

`of` is a task of the process whose file it is; the step's own task reads.  What a reader returns
is how many values it left in m.out, or -errno; their order stands in the reader's module.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.fs.drop_caches import sys_drop_caches
from linuxmm.fs.proc.meminfo import sys_meminfo, sys_node_meminfo, sys_vmstat
from linuxmm.fs.proc.observe import observe_mm
from linuxmm.fs.proc.page import (
    sys_kpagecount,
    sys_kpagecount_at,
    sys_kpageflags,
    sys_kpageflags_at,
)
from linuxmm.fs.proc.pages import sys_pages
from linuxmm.fs.proc.task_mmu.clear_refs import sys_clear_refs
from linuxmm.fs.proc.task_mmu.numa_maps import sys_numa_maps
from linuxmm.fs.proc.task_mmu.pagemap import sys_pagemap
from linuxmm.fs.proc.task_mmu.smaps import sys_smaps, sys_smaps_rollup
from linuxmm.fs.proc.task_mmu.status import sys_status
from linuxmm.mm.huge_memory.debugfs import (
    sys_split_huge_pages,
    sys_split_huge_pages_all,
    sys_split_huge_pages_in_file,
)
from linuxmm.mm.page import model_bug
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.steps.operation import RETURNED, Operation

FIRST: Final = 500
OP_SMAPS: Final = 500  # SMAPS_FIELDS
OP_SMAPS_ROLLUP: Final = 501  # SMAPS_FIELDS
OP_PAGEMAP: Final = 502
OP_NUMA_MAPS: Final = 503  # NUMA_PAGES and those behind it
OP_CLEAR_REFS: Final = 504  # number: 1..5
OP_STATUS: Final = 505  # STATUS_FIELDS
OP_PAGES: Final = 506  # NR_PICTURE words of each page
OP_KPAGEFLAGS: Final = 507
OP_KPAGECOUNT: Final = 508
OP_KPAGEFLAGS_AT: Final = 509  # -1 where pagemap shows no frame
OP_KPAGECOUNT_AT: Final = 510  # -1 where pagemap shows no frame
OP_MEMINFO: Final = 511  # MEMINFO_FIELDS
OP_NODE_MEMINFO: Final = 512  # NODE_MEMINFO_FIELDS
OP_VMSTAT: Final = 513  # VMSTAT_FIELDS
OP_OBSERVE: Final = 514  # gives the hash itself
OP_SPLIT_HUGE_PAGES: Final = 515
OP_DROP_CACHES: Final = 516  # number: 1..4
OP_SPLIT_HUGE_PAGES_IN_FILE: Final = 517
OP_SPLIT_HUGE_PAGES_ALL: Final = 518
OPERATIONS: Final = (
    Operation(OP_SMAPS, "smaps", "of addr", "fields", out=RETURNED, report=True),
    Operation(OP_SMAPS_ROLLUP, "smaps_rollup", "of", "fields", out=RETURNED, report=True),
    Operation(OP_PAGEMAP, "pagemap", "of addr nr", "words", out=RETURNED, report=True),
    Operation(OP_NUMA_MAPS, "numa_maps", "of addr", "fields", out=RETURNED, report=True),
    Operation(OP_CLEAR_REFS, "clear_refs", "of number"),
    Operation(OP_STATUS, "status", "of", "fields", out=RETURNED, report=True),
    Operation(OP_PAGES, "pages", "of addr nr", "words", out=RETURNED, report=True),
    Operation(OP_KPAGEFLAGS, "kpageflags", "pfn nr", "words", out=RETURNED, report=True),
    Operation(OP_KPAGECOUNT, "kpagecount", "pfn nr", "words", out=RETURNED, report=True),
    Operation(OP_KPAGEFLAGS_AT, "kpageflags_at", "of addr nr", "words", out=RETURNED, report=True),
    Operation(OP_KPAGECOUNT_AT, "kpagecount_at", "of addr nr", "words", out=RETURNED, report=True),
    Operation(OP_MEMINFO, "meminfo", "", "fields", out=RETURNED, report=True),
    Operation(OP_NODE_MEMINFO, "node_meminfo", "nid", "fields", out=RETURNED, report=True),
    Operation(OP_VMSTAT, "vmstat", "", "fields", out=RETURNED, report=True),
    Operation(OP_OBSERVE, "observe", "of", "hash", report=True),
    Operation(OP_SPLIT_HUGE_PAGES, "split_huge_pages", "of addr nr"),
    Operation(OP_DROP_CACHES, "drop_caches", "number"),
    Operation(OP_SPLIT_HUGE_PAGES_IN_FILE, "split_huge_pages_in_file", "file first nr"),
    Operation(OP_SPLIT_HUGE_PAGES_ALL, "split_huge_pages_all", "number"),
)


@core
def step_proc(
    m: State, k: Rules, op: int, task: int, a: int, b: int, c: int, d: int, e: int, f: int
) -> int:
    """One operation of this system."""
    if op == OP_KPAGEFLAGS:
        return sys_kpageflags(m, k, a, b)
    if op == OP_KPAGECOUNT:
        return sys_kpagecount(m, k, a, b)
    if op == OP_MEMINFO:
        return sys_meminfo(m, k)
    if op == OP_NODE_MEMINFO:
        return sys_node_meminfo(m, k, a)
    if op == OP_VMSTAT:
        return sys_vmstat(m, k)
    if op == OP_DROP_CACHES:
        return sys_drop_caches(m, k, a)
    if op == OP_SPLIT_HUGE_PAGES_IN_FILE:
        return sys_split_huge_pages_in_file(m, k, a, b, c)
    if op == OP_SPLIT_HUGE_PAGES_ALL:
        return sys_split_huge_pages_all(m, k, a)
    if op == OP_NUMA_MAPS:
        return sys_numa_maps(m, k, m.task_mm[a], b, a)
    return step_pid(m, k, op, m.task_mm[a], b, c)


@core
def step_pid(m: State, k: Rules, op: int, mm: int, b: int, c: int) -> int:
    """One operation on a file of a process."""
    if op == OP_SMAPS:
        return sys_smaps(m, k, mm, b)
    if op == OP_SMAPS_ROLLUP:
        return sys_smaps_rollup(m, k, mm)
    if op == OP_PAGEMAP:
        return sys_pagemap(m, k, mm, b, c)
    if op == OP_CLEAR_REFS:
        return sys_clear_refs(m, k, mm, b)
    if op == OP_STATUS:
        return sys_status(m, k, mm)
    if op == OP_PAGES:
        return sys_pages(m, k, mm, b, c)
    if op == OP_KPAGEFLAGS_AT:
        return sys_kpageflags_at(m, k, mm, b, c)
    if op == OP_KPAGECOUNT_AT:
        return sys_kpagecount_at(m, k, mm, b, c)
    if op == OP_OBSERVE:
        return observe_mm(m, k, mm)
    if op == OP_SPLIT_HUGE_PAGES:
        return sys_split_huge_pages(m, k, mm, b, c)
    return model_bug(m, op)
