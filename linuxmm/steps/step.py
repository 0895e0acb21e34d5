# SPDX-License-Identifier: GPL-2.0-or-later
"""One step of a scenario as integers: the operation, who makes it where, up to six arguments.

The outer layer calls `step` and nothing else of the core, so that a sequence of steps is a
table of integers that runs the same interpreted, compiled, and inside a search.  The operations
of each system are numbered from its `FIRST` on; the table of all is `operations.py`.
"""

from linuxmm.core import core
from linuxmm.state.layout import CURRENT_CPU, CURRENT_TASK, State
from linuxmm.state.rules import Rules
from linuxmm.steps.ksm import FIRST as KSM
from linuxmm.steps.ksm import step_ksm
from linuxmm.steps.lru import FIRST as LRU
from linuxmm.steps.lru import step_lru
from linuxmm.steps.memory import step_memory
from linuxmm.steps.migrate import FIRST as MIGRATE
from linuxmm.steps.migrate import step_migrate
from linuxmm.steps.proc import FIRST as PROC
from linuxmm.steps.proc import step_proc


@core
def step(
    m: State,
    k: Rules,
    op: int,
    task: int,
    cpu: int,
    a: int,
    b: int,
    c: int,
    d: int,
    e: int,
    f: int,
) -> int:
    """Make one step as `task` (0: a device or daemon) on `cpu`; what it returns is the result."""
    m.scratch[CURRENT_TASK] = task
    m.scratch[CURRENT_CPU] = cpu
    if op < LRU:
        return step_memory(m, k, op, task, cpu, a, b, c, d, e)
    if op < MIGRATE:
        return step_lru(m, k, op, task, a, b, c, d, e, f)
    if op < KSM:
        return step_migrate(m, k, op, task, a, b, c, d, e, f)
    if op < PROC:
        return step_ksm(m, k, op, task, a, b, c, d, e, f)
    return step_proc(m, k, op, task, a, b, c, d, e, f)
