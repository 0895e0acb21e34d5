"""Operations 200..299: madvise, mlock, reclaim."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.madvise.syscalls import sys_madvise, sys_process_madvise
from linuxmm.mm.mlock.syscalls import (
    sys_mlock,
    sys_mlock2,
    sys_mlockall,
    sys_munlock,
    sys_munlockall,
)
from linuxmm.mm.page import model_bug, not_modelled
from linuxmm.mm.swap import lru_add_drain_cpu
from linuxmm.state.constants import WHY_RECLAIM
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

OP_MADVISE: Final = 200  # addr, npages, MADV_* -> 0 or -errno
OP_PROCESS_MADVISE: Final = 201  # task, addr, npages, MADV_*, flags -> bytes or -errno
OP_MLOCK: Final = 202  # addr, npages
OP_MLOCK2: Final = 203  # addr, npages, MLOCK_ONFAULT
OP_MUNLOCK: Final = 204  # addr, npages
OP_MLOCKALL: Final = 205  # MCL_*
OP_MUNLOCKALL: Final = 206
OP_DRAIN_CPU: Final = 207  # cpu: the batches of one CPU
OP_KSWAPD: Final = 208  # nid, npages: memory pressure is not modelled


@core
def step_lru(
    m: State, k: Rules, op: int, task: int, a: int, b: int, c: int, d: int, e: int, f: int
) -> int:
    """One operation of this system."""
    if op == OP_MADVISE:
        return sys_madvise(m, k, task, a, b, c)
    if op == OP_PROCESS_MADVISE:
        return sys_process_madvise(m, k, m.task_mm[a], b, c, d, e)
    if op == OP_MLOCK:
        return sys_mlock(m, k, task, a, b)
    if op == OP_MLOCK2:
        return sys_mlock2(m, k, task, a, b, c)
    if op == OP_MUNLOCK:
        return sys_munlock(m, k, task, a, b)
    if op == OP_MLOCKALL:
        return sys_mlockall(m, k, task, a)
    if op == OP_MUNLOCKALL:
        return sys_munlockall(m, k, task)
    if op == OP_DRAIN_CPU:
        return lru_add_drain_cpu(m, k, a)
    if op == OP_KSWAPD:
        return not_modelled(m, WHY_RECLAIM)
    return model_bug(m, op)
