# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists of pages through page->lru.  Source: include/linux/list.h.

`pages` is the kernel's struct list_head *, which stands on its owner's stack (LIST_HEAD):
m.stack[pages] says how many there are, their rows are behind it in order.
"""

from linuxmm.core import core
from linuxmm.mm.stack import push
from linuxmm.state.behaviours import B_BATCH_SIZE
from linuxmm.state.constants import PVEC_SIZE, PVEC_SIZE_BEFORE_6_9
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


@core
def batch_size(k: Rules) -> int:
    """PAGEVEC_SIZE: how many pages make a batch of a CPU full.  Source: include/linux/pagevec.h."""
    return PVEC_SIZE if k.behaviour[B_BATCH_SIZE] else PVEC_SIZE_BEFORE_6_9


@core
def list_head(m: State, capacity: int) -> int:
    """LIST_HEAD: an empty list for at most so many pages."""
    pages = push(m, 1 + capacity)
    m.stack[pages] = 0
    return pages


@core
def list_empty(m: State, pages: int) -> int:
    """Is nothing on the list?"""
    return 0 if m.stack[pages] else 1


@core
def list_add_tail(m: State, page: int, pages: int) -> int:
    """The page is the last of the list."""
    nr = m.stack[pages] + 1
    m.stack[pages] = nr
    m.stack[pages + nr] = page
    return 0
