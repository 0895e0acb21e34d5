"""One step of a scenario as an integer: the operation and up to eight arguments.

The outer layer calls `step` and nothing else of the core, so that a sequence of steps is a
table of integers that runs the same interpreted, compiled, and inside a search.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.constants import TRAP_BUG
from linuxmm.state.layout import CURRENT_CPU, CURRENT_TASK, TRAP_ARG, TRAP_CODE, State
from linuxmm.state.rules import Rules

# Operations: the word the scenario language uses, and the arguments it takes here.
OP_NONE: Final = 0


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
    if op == OP_NONE:
        return 0
    m.scratch[TRAP_CODE] = TRAP_BUG
    m.scratch[TRAP_ARG] = op
    return 0
