# SPDX-License-Identifier: GPL-2.0-or-later
"""The promise about pins: where they may be, that they hold, how they may fail."""

from collections.abc import Callable
from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present
from linuxmm.mm.gup.fast import FAST_FLAGS
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import page_anon, pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.promises.census import Census, Entries
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.near import ISOLATING_SITES, visited
from linuxmm.promises.record import Fault, Promise, WrongRule
from linuxmm.promises.shadow import Shadow
from linuxmm.state.behaviours import B_ANON_EXCLUSIVE
from linuxmm.state.constants import (
    EBUSY,
    EEXIST,
    EFAULT,
    EINTR,
    EINVAL,
    ENOMEM,
    EOPNOTSUPP,
    ERRNO_NAMES,
    NO_PAGE,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_RAM,
    SET_ZERO_PAGE,
    ZONE_MOVABLE,
)
from linuxmm.state.flags import FOLL_GET, FOLL_LONGTERM, FOLL_PIN
from linuxmm.state.layout import SIZE_H, SIZE_M, State
from linuxmm.state.rules import Rules
from linuxmm.steps.memory import OP_GUP, OP_GUP_FAST


def _on_what_must_move(m: State, k: Rules, census: Census) -> list[Fault]:
    """A long-term pin is never on memory that must stay evictable."""
    text = "a long-term pin holds a page that must stay evictable"
    longterm = FOLL_PIN | FOLL_LONGTERM
    return [
        Fault(page_kind(m, page), text)
        for row in range(1, m.used[SIZE_H])
        if (page := m.held_page[row])
        and m.held_flags[row] & longterm == longterm
        and _must_stay_evictable(m, page)
    ]


def _must_stay_evictable(m: State, page: int) -> bool:
    r = m.page_range[page]
    if m.range_type[r] == RANGE_RAM:
        return m.range_zone[r] == ZONE_MOVABLE and page != m.setting[SET_ZERO_PAGE]
    return m.range_type[r] in (RANGE_COHERENT, RANGE_FSDAX)


def _moved_away(m: State, k: Rules, census: Entries, shadow: Shadow) -> list[Fault]:
    """A pinned page stays mapped where it was pinned, until its mm unmaps or discards it.

    Any pin of an anonymous page is on a page of one process alone where pages are marked
    exclusive; before that no kernel promised it.
    """
    text = "a pinned page is no longer mapped where it was pinned"
    if k.behaviour[B_ANON_EXCLUSIVE] == 0:
        return []
    return [
        Fault(page_kind(m, page), text)
        for row in range(1, m.used[SIZE_H])
        if (page := m.held_page[row])
        and m.held_flags[row] & FOLL_PIN
        and page_anon(m, page)
        and (m.held_owner[row], m.held_addr[row]) not in shadow.contents.dropped
        and _replaced(m, k, row)
    ]


def _replaced(m: State, k: Rules, row: int) -> bool:
    """Does the address show something else now?"""
    pte = mm_find_pte(m, m.held_mm[row], m.held_addr[row])
    if pte_none(pte):
        return False
    if pte_present(pte):
        return pfn_to_page(m, pte_pfn(pte)) != m.held_page[row]
    if is_pfn_swap_pte(k, pte):
        return pfn_to_page(m, pfn_swap_entry_pfn(k, pte)) != m.held_page[row]
    return True


LONGTERM_ERRNOS: Final = (EOPNOTSUPP, EBUSY, ENOMEM, EFAULT, EINTR)  # EINTR: a fatal signal


def _failed(m: State, entries: Callable[[], Entries], shadow: Shadow) -> list[Fault]:
    """A long-term pin that fails says so with one of four errnos (or took fewer pages).

    -EEXIST is right where there is no struct page to pin: mm/gup.c:follow_pfn_pte.  A flag that
    the fast form does not take is a mistake of the caller: -EINVAL and a warning.
    """
    op, task, addr, _, flags, *_ = shadow.made
    if shadow.result >= 0 or flags & FOLL_GET:
        return []
    if flags & FOLL_LONGTERM == 0 or -shadow.result in LONGTERM_ERRNOS:
        return []
    if shadow.result == -EEXIST and _without_page(m, entries(), m.task_mm[task], addr):
        return []
    if op == OP_GUP_FAST and flags & ~FAST_FLAGS and shadow.result == -EINVAL:
        return []
    name = ERRNO_NAMES.get(-shadow.result, str(-shadow.result))
    return [Fault("", f"a long-term pin fails with {name}")]


def _without_page(m: State, entries: Entries, mm: int, addr: int) -> bool:
    return any(
        m.vma_mm[vma] == mm and at == addr and page == NO_PAGE
        for vma, at, _, page in entries.special
    )


def _near_pin(m: State, census: Census) -> bool:
    """An anonymous page is pinned in one of several processes, or in its mm a migration ran."""
    pinned = any(
        page_anon(m, m.held_page[row])
        for row in range(1, m.used[SIZE_H])
        if m.held_page[row] and m.held_flags[row] & FOLL_PIN
    )
    several = sum(1 for mm in range(1, m.used[SIZE_M]) if m.mm_users[mm]) > 1
    return pinned and (several or visited(m, ISOLATING_SITES))


PIN: Final = Promise(
    "pin",
    says="an exclusive anon page pinned with FOLL_PIN stays mapped at its address until its mm "
    "unmaps, discards or moves it; a long-term pin never ends on a page that must stay evictable, "
    "and fails only with EOPNOTSUPP, EBUSY, ENOMEM or EFAULT",
    broken="pinned {pages} are moved away, or pinned where they must not be",
    state=_on_what_must_move,
    contents=_moved_away,
    answers=(OP_GUP, OP_GUP_FAST),
    answer=_failed,
    danger=_near_pin,
    wrong=WrongRule(
        "v6.1",
        '[behaviour]\ngup_unshares = "no"',
        ("P0: a = mmap 1p", "P0: write a 0x11", "P0: P1 = fork", "P0: h = pin a",
         "P0: write a 0x22"),
    ),
)  # fmt: skip
