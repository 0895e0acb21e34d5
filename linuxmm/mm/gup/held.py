# SPDX-License-Identifier: GPL-2.0-or-later
"""References that a scenario holds: what its gets and pins returned.  Source: mm/gup.c."""

from linuxmm.core import core
from linuxmm.mm.gup.grab import gup_put_page
from linuxmm.mm.gup.pages import get_user_pages
from linuxmm.mm.page import (
    event,
    not_modelled,
    trap,
)
from linuxmm.state.constants import (
    EINVAL,
    EVENT_WARN,
    NO_PAGE,
    TRAP_NO_ROW,
    WHY_TOO_MANY,
)
from linuxmm.state.flags import FOLL_GET, FOLL_LONGTERM, FOLL_PIN, FOLL_TOUCH
from linuxmm.state.layout import (
    MAX_OUT,
    SIZE_H,
    State,
)
from linuxmm.state.rules import Rules


@core
def hold(m: State, handle: int, mm: int, page: int, addr: int, flags: int, first: int) -> int:
    """Remember one page that a get or pin returned, in the first free row from `first` on."""
    for row in range(first, m.size[SIZE_H]):
        if m.held_page[row] == NO_PAGE:
            m.held_page[row] = page
            m.held_owner[row] = handle
            m.held_flags[row] = flags
            m.held_mm[row] = mm
            m.held_addr[row] = addr
            if row >= m.used[SIZE_H]:
                m.used[SIZE_H] = row + 1
            return row
    return trap(m, TRAP_NO_ROW, SIZE_H * 256)


@core
def drop_held(m: State, k: Rules, row: int) -> int:
    """Put or unpin one held page."""
    page = m.held_page[row]
    flags = m.held_flags[row]
    m.held_page[row] = NO_PAGE
    m.held_owner[row] = 0
    m.held_flags[row] = 0
    m.held_mm[row] = 0
    m.held_addr[row] = 0
    return gup_put_page(m, k, page, flags)


@core
def release_held(m: State, k: Rules, mm: int) -> int:
    """A process is gone: what it held through files (io_uring, pipes) is released."""
    for row in range(1, m.used[SIZE_H]):
        if m.held_page[row] and m.held_mm[row] == mm:
            drop_held(m, k, row)
    return 0


@core
def sys_put(m: State, k: Rules, handle: int) -> int:
    """put / unpin: everything one handle holds; the number of pages."""
    n = 0
    for row in range(1, m.used[SIZE_H]):
        if m.held_page[row] and m.held_owner[row] == handle:
            drop_held(m, k, row)
            n += 1
    return n


@core
def wrong_reference(m: State, start: int, flags: int) -> int:
    """A caller mixes get with what pins only: the kernel warns and refuses (1), else 0.

    Source: mm/gup.c, is_valid_gup_flags (FOLL_PIN, FOLL_LONGTERM of a get) and the first test
    of pin_user_pages and pin_user_pages_fast (FOLL_GET of a pin).
    """
    if flags & FOLL_GET and flags & (FOLL_PIN | FOLL_LONGTERM):
        event(m, EVENT_WARN, 0, 0, start)
        return 1
    return 0


@core
def sys_gup(m: State, k: Rules, task: int, start: int, nr: int, flags: int, handle: int) -> int:
    """get_user_pages (FOLL_GET) or pin_user_pages (FOLL_PIN); kept under `handle`.

    Returns the number of pages or -errno, m.out[0:n] the pages.
    """
    mm = m.task_mm[task]
    if nr > MAX_OUT:
        return not_modelled(m, WHY_TOO_MANY)
    if wrong_reference(m, start, flags):
        return -EINVAL
    if flags & FOLL_GET:
        flags |= FOLL_TOUCH
    n = get_user_pages(m, k, mm, start, nr, flags)
    return keep_pages(m, handle, mm, start, n, flags)


@core
def keep_pages(m: State, handle: int, mm: int, start: int, n: int, flags: int) -> int:
    """Hold what GUP left in m.out[0:n]."""
    row = 0
    for i in range(n):
        if m.out[i]:
            row = hold(m, handle, mm, m.out[i], start + i * 4096, flags, row + 1)
            if row == 0:
                return n
    return n
