# SPDX-License-Identifier: GPL-2.0-or-later
"""How much a process may lock.  Source: mm/mlock.c:can_do_mlock, mm/mmap.c:mlock_future_check."""

from linuxmm.core import core
from linuxmm.state.constants import SET_CAPABLE, SET_RLIMIT_MEMLOCK
from linuxmm.state.layout import State


@core
def can_do_mlock(m: State) -> int:
    """May this process lock anything at all?"""
    return 1 if m.setting[SET_RLIMIT_MEMLOCK] != 0 or m.setting[SET_CAPABLE] else 0


@core
def within_mlock_limit(m: State, npages: int) -> int:
    """Do so many locked pages fit under RLIMIT_MEMLOCK (or does CAP_IPC_LOCK lift it)?"""
    limit = m.setting[SET_RLIMIT_MEMLOCK]
    return 1 if limit < 0 or m.setting[SET_CAPABLE] or npages <= limit >> 12 else 0
