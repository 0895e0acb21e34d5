# SPDX-License-Identifier: GPL-2.0-or-later
"""/proc/sys/vm/drop_caches.  Source: fs/drop_caches.c, mm/vmscan.c:drop_slab."""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.huge_memory.split_page import deferred_split_scan
from linuxmm.mm.page import not_modelled
from linuxmm.state.constants import EACCES, SET_CAPABLE, WHY_RECLAIM
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

DROP_SLAB: Final = 2


@core
def sys_drop_caches(m: State, k: Rules, number: int) -> int:
    """/proc/sys/vm/drop_caches: 2 asks every shrinker; of those the deferred split is modelled.

    Nothing that a process sees is different after the others (dentries, inodes; the huge zero page
    once nobody has it).  Not modelled: 1 and 3, which drop page cache.
    """
    if m.setting[SET_CAPABLE] == 0:
        return -EACCES
    if number != DROP_SLAB:
        return not_modelled(m, WHY_RECLAIM)
    deferred_split_scan(m, k)
    return 0
