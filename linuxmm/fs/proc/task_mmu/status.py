# SPDX-License-Identifier: GPL-2.0-or-later
"""The Vm and Rss lines of /proc/PID/status.

Source: fs/proc/task_mmu.c:task_mem, mm/hugetlb.c:hugetlb_report_usage, include/linux/mm.h
(get_mm_counter, get_mm_rss).
The counters are read without the deltas that running tasks still hold (SPLIT_RSS_COUNTING):
they lag behind smaps, and one that is below zero for that reason shows as 0.
Not modelled: VmPeak, VmData, VmStk, VmExe, VmLib, VmPTE.  VmPin stays 0: pin_user_pages itself
does not account to pinned_vm, only some drivers do.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.memory.rss import get_mm_counter, get_mm_rss
from linuxmm.state.constants import ESRCH, MM_ANONPAGES, MM_FILEPAGES, MM_SHMEMPAGES, MM_SWAPENTS
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import PAGE_SHIFT

# m.out[...] of sys_status, bytes
STATUS_VM_SIZE: Final = 0
STATUS_VM_LCK: Final = 1
STATUS_VM_PIN: Final = 2
STATUS_VM_HWM: Final = 3
STATUS_VM_RSS: Final = 4
STATUS_RSS_ANON: Final = 5
STATUS_RSS_FILE: Final = 6
STATUS_RSS_SHMEM: Final = 7
STATUS_VM_SWAP: Final = 8
STATUS_HUGETLB: Final = 9
NR_STATUS: Final = 10
STATUS_FIELDS: Final[tuple[str, ...]] = (
    "VmSize",
    "VmLck",
    "VmPin",
    "VmHWM",
    "VmRSS",
    "RssAnon",
    "RssFile",
    "RssShmem",
    "VmSwap",
    "HugetlbPages",
)


@core
def sys_status(m: State, k: Rules, mm: int) -> int:
    """STATUS_FIELDS of an mm in m.out."""
    if m.mm_users[mm] == 0:
        return -ESRCH
    rss = get_mm_rss(m, mm)
    m.out[STATUS_VM_SIZE] = m.mm_total_vm[mm] << PAGE_SHIFT
    m.out[STATUS_VM_LCK] = m.mm_locked_vm[mm] << PAGE_SHIFT
    m.out[STATUS_VM_PIN] = 0
    m.out[STATUS_VM_HWM] = max(rss, m.mm_hiwater_rss[mm]) << PAGE_SHIFT
    m.out[STATUS_VM_RSS] = rss << PAGE_SHIFT
    m.out[STATUS_RSS_ANON] = get_mm_counter(m, mm, MM_ANONPAGES) << PAGE_SHIFT
    m.out[STATUS_RSS_FILE] = get_mm_counter(m, mm, MM_FILEPAGES) << PAGE_SHIFT
    m.out[STATUS_RSS_SHMEM] = get_mm_counter(m, mm, MM_SHMEMPAGES) << PAGE_SHIFT
    m.out[STATUS_VM_SWAP] = get_mm_counter(m, mm, MM_SWAPENTS) << PAGE_SHIFT
    m.out[STATUS_HUGETLB] = m.mm_hugetlb[mm] << PAGE_SHIFT
    return NR_STATUS
