# SPDX-License-Identifier: GPL-2.0-or-later
"""Operations 400..499: KSM."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.ksm.scan import ksmd
from linuxmm.mm.ksm.sysfs import ksm_read, ksm_read_mm, ksm_set
from linuxmm.mm.page import model_bug
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.steps.operation import RETURNED, Operation

FIRST: Final = 400
OP_KSMD: Final = 400  # nr 0: passes instead (the one in progress counts)
OP_KSM_SET: Final = 401  # a file is a SET_KSM_*
OP_KSM_READ: Final = 402  # in the order of mm/ksm/sysfs.py:KSM_FILES
OP_KSM_READ_MM: Final = 403  # KSM_MM_FILES of the task's mm
OPERATIONS: Final = (
    Operation(OP_KSMD, "ksmd", "nr passes"),
    Operation(OP_KSM_SET, "ksm_set", "file value"),
    Operation(OP_KSM_READ, "ksm_read", "", "files", out=RETURNED, report=True),
    Operation(OP_KSM_READ_MM, "ksm_read_mm", "", "files", out=RETURNED, report=True),
)


@core
def step_ksm(
    m: State, k: Rules, op: int, task: int, a: int, b: int, c: int, d: int, e: int, f: int
) -> int:
    """One operation of this system."""
    if op == OP_KSMD:
        return ksmd(m, k, a, b)
    if op == OP_KSM_SET:
        return ksm_set(m, k, a, b)
    if op == OP_KSM_READ:
        return ksm_read(m, k)
    if op == OP_KSM_READ_MM:
        return ksm_read_mm(m, k, m.task_mm[task])
    return model_bug(m, op)
