"""Operations 200..299: madvise, mlock, reclaim."""

from linuxmm.core import core
from linuxmm.mm.page import model_bug
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def step_lru(
    m: State, k: Rules, op: int, task: int, a: int, b: int, c: int, d: int, e: int, f: int
) -> int:
    """One operation of this system."""
    return model_bug(m, op)
