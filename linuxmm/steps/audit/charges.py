# SPDX-License-Identifier: GPL-2.0-or-later
"""Does each control group count the pages that are charged to it?"""

from linuxmm.core import core
from linuxmm.mm.stack import pop, push
from linuxmm.state.constants import MAX_MEMCGS
from linuxmm.state.layout import SIZE_P, State


@core
def charges_broken(m: State) -> int:
    """1 when the counter of a group is not the number of pages that name it."""
    charged = push(m, MAX_MEMCGS)
    for memcg in range(MAX_MEMCGS):
        m.stack[charged + memcg] = 0
    for page in range(m.size[SIZE_P]):
        at = charged + m.page_memcg[page]
        m.stack[at] = m.stack[at] + 1
    broken = 0
    for memcg in range(1, MAX_MEMCGS):
        if m.memcg_memory[memcg] != m.stack[charged + memcg]:
            broken = 1
    pop(m, charged)
    return broken
