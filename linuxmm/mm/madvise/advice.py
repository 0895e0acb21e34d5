"""Advice numbers.  Source: include/uapi/asm-generic/mman-common.h, mm/madvise.c."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.sites import behaviour
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import B_MADV_COLLAPSE, B_MADV_DONTNEED_LOCKED

MADV_NORMAL: Final = 0
MADV_RANDOM: Final = 1
MADV_SEQUENTIAL: Final = 2
MADV_WILLNEED: Final = 3
MADV_DONTNEED: Final = 4
MADV_FREE: Final = 8
MADV_REMOVE: Final = 9
MADV_DONTFORK: Final = 10
MADV_DOFORK: Final = 11
MADV_MERGEABLE: Final = 12
MADV_UNMERGEABLE: Final = 13
MADV_HUGEPAGE: Final = 14
MADV_NOHUGEPAGE: Final = 15
MADV_DONTDUMP: Final = 16
MADV_DODUMP: Final = 17
MADV_WIPEONFORK: Final = 18
MADV_KEEPONFORK: Final = 19
MADV_COLD: Final = 20
MADV_PAGEOUT: Final = 21
MADV_POPULATE_READ: Final = 22
MADV_POPULATE_WRITE: Final = 23
MADV_DONTNEED_LOCKED: Final = 24
MADV_COLLAPSE: Final = 25
MADV_HWPOISON: Final = 100
MADV_SOFT_OFFLINE: Final = 101
ADVICE: Final[dict[str, int]] = {
    "MADV_NORMAL": MADV_NORMAL,
    "MADV_RANDOM": MADV_RANDOM,
    "MADV_SEQUENTIAL": MADV_SEQUENTIAL,
    "MADV_WILLNEED": MADV_WILLNEED,
    "MADV_DONTNEED": MADV_DONTNEED,
    "MADV_FREE": MADV_FREE,
    "MADV_REMOVE": MADV_REMOVE,
    "MADV_DONTFORK": MADV_DONTFORK,
    "MADV_DOFORK": MADV_DOFORK,
    "MADV_MERGEABLE": MADV_MERGEABLE,
    "MADV_UNMERGEABLE": MADV_UNMERGEABLE,
    "MADV_HUGEPAGE": MADV_HUGEPAGE,
    "MADV_NOHUGEPAGE": MADV_NOHUGEPAGE,
    "MADV_DONTDUMP": MADV_DONTDUMP,
    "MADV_DODUMP": MADV_DODUMP,
    "MADV_WIPEONFORK": MADV_WIPEONFORK,
    "MADV_KEEPONFORK": MADV_KEEPONFORK,
    "MADV_COLD": MADV_COLD,
    "MADV_PAGEOUT": MADV_PAGEOUT,
    "MADV_POPULATE_READ": MADV_POPULATE_READ,
    "MADV_POPULATE_WRITE": MADV_POPULATE_WRITE,
    "MADV_DONTNEED_LOCKED": MADV_DONTNEED_LOCKED,
    "MADV_COLLAPSE": MADV_COLLAPSE,
    "MADV_HWPOISON": MADV_HWPOISON,
    "MADV_SOFT_OFFLINE": MADV_SOFT_OFFLINE,
}


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
