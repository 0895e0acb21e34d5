# SPDX-License-Identifier: GPL-2.0-or-later
"""Advice numbers.  Source: include/uapi/asm-generic/mman-common.h, mm/madvise.c."""

from linuxmm.core import core
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_MADV_COLLAPSE, B_MADV_DONTNEED_LOCKED
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.uapi import (
    MADV_COLD,
    MADV_COLLAPSE,
    MADV_DONTNEED,
    MADV_DONTNEED_LOCKED,
    MADV_FREE,
    MADV_HWPOISON,
    MADV_NORMAL,
    MADV_PAGEOUT,
    MADV_POPULATE_WRITE,
    MADV_SOFT_OFFLINE,
    MADV_WILLNEED,
)


@core
def madvise_behavior_valid(m: State, k: Rules, advice: int) -> int:
    """Does this kernel know the advice?"""
    if advice == MADV_DONTNEED_LOCKED:
        return behaviour(m, k, B_MADV_DONTNEED_LOCKED)
    if advice == MADV_COLLAPSE:
        return behaviour(m, k, B_MADV_COLLAPSE)
    if advice in (MADV_HWPOISON, MADV_SOFT_OFFLINE):
        return 1
    if advice < MADV_NORMAL or advice > MADV_POPULATE_WRITE:
        return 0
    return 1 if advice <= MADV_DONTNEED or advice >= MADV_FREE else 0


@core
def process_madvise_behavior_valid(m: State, k: Rules, advice: int) -> int:
    """May it be given to another process: only hints that destroy nothing."""
    if advice == MADV_COLLAPSE:
        return behaviour(m, k, B_MADV_COLLAPSE)
    return 1 if advice in (MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED) else 0
