# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a page that reclaim took active when it comes back?  Source: mm/workingset.c.

It is if it was away for no longer than the lists are: those of the machine, where MADV_PAGEOUT
took it a moment ago, or those of the group whose reclaim took it.  Such a group lost all that it
had, and its lists are as long as what has come since.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.compound import compound_nr
from linuxmm.mm.memcontrol.tree import mem_cgroup_is_descendant
from linuxmm.mm.page import not_modelled
from linuxmm.state.constants import (
    LIST_ACTIVE_ANON,
    LIST_ACTIVE_FILE,
    LIST_INACTIVE_ANON,
    LIST_INACTIVE_FILE,
    PG_TAIL,
    WHY_RECLAIM,
)
from linuxmm.state.layout import SIZE_P, State

SHADOW_OF_WORKINGSET: Final = 0x80  # in m.cache_shadow, beside the group


@core
def workingset_refault(m: State, evictor: int, file: int) -> int:
    """Is a page of a file, or one from swap, active again?  `evictor`: the group; 0: the machine.

    The lists that count are the active ones and the inactive one of the other kind.  Where those of
    a group are not empty the distance would have to be known.
    """
    if evictor == 0:
        return 1
    other = LIST_INACTIVE_ANON if file else LIST_INACTIVE_FILE
    size = 0
    for page in range(1, m.used[SIZE_P]):
        which = m.page_list[page]
        if (
            which in (LIST_ACTIVE_ANON, LIST_ACTIVE_FILE, other)
            and m.page_flags[page] & PG_TAIL == 0
        ):
            if mem_cgroup_is_descendant(m, m.page_memcg[page], evictor):
                size += compound_nr(m, page)
    return not_modelled(m, WHY_RECLAIM) if size else 0
