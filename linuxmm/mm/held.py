"""What a scenario does through pages that it holds, and failing allocations.

A held page is what get_user_pages gave somebody: a driver that reads and writes it by DMA does
not see what is mapped at the address now.  Failing allocations: mm/fail_page_alloc.c.
"""

from linuxmm.core import core
from linuxmm.state.constants import EINVAL, SET_FAIL_ALLOC
from linuxmm.state.layout import MAX_OUT, SIZE_H, State


@core
def held_row(m: State, handle: int, addr: int) -> int:
    """The row in which a handle holds the page that was at an address; 0: it does not."""
    for row in range(1, m.used[SIZE_H]):
        if m.held_page[row] and m.held_owner[row] == handle and m.held_addr[row] == addr:
            return row
    return 0


@core
def held_start(m: State, handle: int) -> int:
    """The lowest address a handle was taken at; 0: it holds nothing."""
    lowest = 0
    for row in range(1, m.used[SIZE_H]):
        if m.held_page[row] and m.held_owner[row] == handle:
            if lowest == 0 or m.held_addr[row] < lowest:
                lowest = m.held_addr[row]
    return lowest


@core
def sys_read_held(m: State, handle: int, first: int, nr: int) -> int:
    """Contents of held pages `first` and on in m.out: n, or -EINVAL where one is not held."""
    if nr > MAX_OUT:
        return -EINVAL
    start = held_start(m, handle)
    for i in range(nr):
        row = held_row(m, handle, start + (first + i) * 4096)
        if row == 0:
            return -EINVAL
        m.out[i] = m.page_tag[m.held_page[row]]
    return nr


@core
def sys_write_held(m: State, handle: int, first: int, nr: int, tag: int) -> int:
    """Fill held pages: 0, or -EINVAL where one is not held."""
    start = held_start(m, handle)
    for i in range(nr):
        row = held_row(m, handle, start + (first + i) * 4096)
        if row == 0:
            return -EINVAL
        m.page_tag[m.held_page[row]] = tag
    return 0


@core
def fail_alloc(m: State, nr: int) -> int:
    """The next `nr` allocations of a page fail."""
    m.setting[SET_FAIL_ALLOC] = nr
    return 0
