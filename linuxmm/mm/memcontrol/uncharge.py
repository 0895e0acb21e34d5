# SPDX-License-Identifier: GPL-2.0-or-later
"""The end of a charge.  Source: mm/memcontrol.c (uncharge_folio, mem_cgroup_uncharge_swap)."""

from typing import Final

from linuxmm.core import core
from linuxmm.state.layout import State

NO_MEMCG: Final = 0


@core
def mem_cgroup_uncharge(m: State, page: int) -> int:
    """A page that is freed is nobody's."""
    memcg = m.page_memcg[page]
    if memcg:
        m.page_memcg[page] = NO_MEMCG
        m.memcg_memory[memcg] = m.memcg_memory[memcg] - 1
    return 0
