# SPDX-License-Identifier: GPL-2.0-or-later
"""Operations 200..299: madvise, mlock, reclaim, khugepaged."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.khugepaged.daemon import khugepaged
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
from linuxmm.steps.operation import Operation

FIRST: Final = 200
OP_MADVISE: Final = 200
OP_PROCESS_MADVISE: Final = 201
OP_MLOCK: Final = 202
OP_MLOCK2: Final = 203
OP_MUNLOCK: Final = 204
OP_MLOCKALL: Final = 205
OP_MUNLOCKALL: Final = 206
OP_DRAIN_CPU: Final = 207  # the batches of one CPU
OP_KSWAPD: Final = 208  # memory pressure is not modelled
OP_KHUGEPAGED: Final = 209
OPERATIONS: Final = (
    Operation(OP_MADVISE, "madvise", "addr nr advice"),
    Operation(OP_PROCESS_MADVISE, "process_madvise", "of addr nr advice flags", "bytes"),
    Operation(OP_MLOCK, "mlock", "addr nr"),
    Operation(OP_MLOCK2, "mlock2", "addr nr flags"),
    Operation(OP_MUNLOCK, "munlock", "addr nr"),
    Operation(OP_MLOCKALL, "mlockall", "flags"),
    Operation(OP_MUNLOCKALL, "munlockall"),
    Operation(OP_DRAIN_CPU, "drain_cpu", "cpu"),
    Operation(OP_KSWAPD, "kswapd", "nid nr"),
    Operation(OP_KHUGEPAGED, "khugepaged", "passes"),
)


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
    if op == OP_KHUGEPAGED:
        return khugepaged(m, k, a)
    return model_bug(m, op)
