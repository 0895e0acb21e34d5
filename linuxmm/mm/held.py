# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario does through pages that it holds, and failing allocations.

A held page is what get_user_pages gave somebody: a driver that reads and writes it by DMA does
not see what is mapped at the address now.  Failing allocations: mm/fail_page_alloc.c.
"""

from linuxmm.core import core
from linuxmm.mm.page import not_modelled
from linuxmm.state.constants import EINVAL, SET_FAIL_ALLOC, SET_GATE_PAGE, WHY_GATE_WRITTEN
from linuxmm.state.layout import MAX_OUT, SIZE_H, State


@core
def held_row(m: State, handle: int, addr: int) -> int:
    """The row in which a handle holds the page that was at an address; 0: it does not."""
    for row in range(1, m.used[SIZE_H]):
        if m.held_page[row] and m.held_owner[row] == handle and m.held_addr[row] == addr:
            return row
    return 0


@core
def all_held(m: State, handle: int, addr: int, nr: int) -> int:
    """Does a handle hold every one of these pages?"""
    for i in range(nr):
        if held_row(m, handle, addr + i * 4096) == 0:
            return 0
    return 1


@core
def sys_read_held(m: State, handle: int, addr: int, nr: int) -> int:
    """Contents of the pages that were held at an address in m.out: n, or -EINVAL (one is not)."""
    if nr > MAX_OUT or all_held(m, handle, addr, nr) == 0:
        return -EINVAL
    for i in range(nr):
        m.out[i] = m.page_tag[m.held_page[held_row(m, handle, addr + i * 4096)]]
    return nr


@core
def sys_write_held(m: State, handle: int, addr: int, nr: int, tag: int, behind: int) -> int:
    """Fill held pages: 0, or -EINVAL and nothing is written where one is not held.

    `behind`: so many pages of the same access follow, and have to be held too.
    """
    if all_held(m, handle, addr, nr + behind) == 0:
        return -EINVAL
    for i in range(nr):
        page = m.held_page[held_row(m, handle, addr + i * 4096)]
        if page == m.setting[SET_GATE_PAGE]:
            return not_modelled(m, WHY_GATE_WRITTEN)
        m.page_tag[page] = tag
    return 0


@core
def fail_alloc(m: State, nr: int) -> int:
    """The next `nr` allocations of a page fail."""
    m.setting[SET_FAIL_ALLOC] = nr
    return 0
