# SPDX-License-Identifier: GPL-2.0-or-later
"""What is true of a state, as bits: what an action of a search asks for before it is made.

A fact has a number: that a task lives is its row, that a handle holds something is `holds(handle)`.
There are two words of them, each of FACT_BITS: `facts(m, k, which)`.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.layout import SIZE_C, SIZE_H, State
from linuxmm.state.rules import Rules

FACT_BITS: Final = 63  # of a word that is never negative
SECOND_WORD: Final = 64  # the number of its first fact
MOST_NUMBERS: Final = FACT_BITS  # of tasks and of handles that actions name


def holds(handle: int) -> int:
    """The fact that a handle holds something."""
    return SECOND_WORD + handle


@core
def facts(m: State, k: Rules, which: int) -> int:
    """A word of facts: 0: the tasks that live, 1: the handles that hold something."""
    bits = 0
    if which == 0:
        for task in range(1, min(m.used[SIZE_C], FACT_BITS)):
            if m.task_mm[task]:
                bits |= 1 << task
    else:
        for row in range(1, m.used[SIZE_H]):
            if m.held_page[row] and m.held_owner[row] < FACT_BITS:
                bits |= 1 << m.held_owner[row]
    return bits
