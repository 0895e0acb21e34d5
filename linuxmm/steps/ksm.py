"""Operations 400..499: KSM."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.ksm.scan import ksmd
from linuxmm.mm.ksm.sysfs import ksm_read, ksm_read_mm, ksm_set
from linuxmm.mm.page import model_bug
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

OP_KSMD: Final = 400  # npages; or 0 and passes (the one in progress counts)
OP_KSM_SET: Final = 401  # SET_KSM_*, value -> 0 or -errno
OP_KSM_READ: Final = 402  # -> values in the order of mm/ksm/sysfs.py:KSM_FILES
OP_KSM_READ_MM: Final = 403  # -> the values of KSM_MM_FILES for the task's mm


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
