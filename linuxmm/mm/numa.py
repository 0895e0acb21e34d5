# SPDX-License-Identifier: GPL-2.0-or-later
"""The scanner of NUMA balancing.  Source: kernel/sched/fair.c:task_numa_work.

It runs as task work: the step's CPU is the one that the task runs on.  Not modelled: scan
periods, the 256 MiB window and its offset (one scan covers everything).
"""

from linuxmm.core import core
from linuxmm.mm.mempolicy.alloc import vma_policy_mof
from linuxmm.mm.migrate.move_pages import vma_migratable
from linuxmm.mm.mprotect import VM_ACCESS_FLAGS, change_prot_numa
from linuxmm.mm.vma import next_vma
from linuxmm.state.constants import (
    NO_VMA,
    SET_NUMA_BALANCING,
    VM_HUGETLB,
    VM_MIXEDMAP,
    VM_READ,
    VM_WRITE,
)
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def numa_scan(m: State, k: Rules, task: int, start: int, end: int) -> int:
    """Scan the task's VMAs in [start, end) (end 0: all of them): entries made PROT_NONE."""
    if m.setting[SET_NUMA_BALANCING] == 0:
        return 0
    mm = m.task_mm[task]
    limit = end if end else 1 << 47
    updates = 0
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and m.vma_start[vma] < limit:
        low = max(start, m.vma_start[vma])
        high = min(limit, m.vma_end[vma])
        if vma_scanned(m, vma) and vma_policy_mof(m, vma, task):
            updates += change_prot_numa(m, k, vma, low, high)
        vma = next_vma(m, mm, m.vma_end[vma])
    return updates


@core
def vma_scanned(m: State, vma: int) -> int:
    """Does the scanner look into this VMA?"""
    flags = m.vma_flags[vma]
    if vma_migratable(m, vma) == 0 or flags & (VM_HUGETLB | VM_MIXEDMAP):
        return 0
    if m.vma_file[vma] and flags & (VM_READ | VM_WRITE) == VM_READ:
        return 0
    return 1 if flags & VM_ACCESS_FLAGS else 0
