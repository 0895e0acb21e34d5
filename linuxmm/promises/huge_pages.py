# SPDX-License-Identifier: GPL-2.0-or-later
"""Promises about huge pages: what is mapped in part waits for its split."""

from typing import Final

from linuxmm.mm.compound import DEFERRED_SPLIT, HPAGE_PMD_NR, PARTIALLY_MAPPED, of_whole
from linuxmm.mm.page import page_anon, page_flag
from linuxmm.promises.census import Census
from linuxmm.promises.record import Fault, Promise
from linuxmm.state.behaviours import B_SPLIT_QUEUE
from linuxmm.state.constants import PG_SWAPCACHE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


def _in_part(m: State, census: Census) -> list[int]:
    """The anonymous huge pages of which some parts are mapped, and others by nobody.

    Source: mm/huge_memory.c:deferred_split_huge_page leaves the swap cache to reclaim.
    """
    found = []
    for head in census.heads:
        if page_anon(m, head) and page_flag(m, head, PG_SWAPCACHE) == 0:
            parts = census.mapped[head : head + HPAGE_PMD_NR]
            if any(parts) and not all(parts):
                found.append(head)
    return found


def _not_queued(m: State, k: Rules, census: Census) -> list[Fault]:
    """Each of them is on the queue of what can be split when memory is short."""
    text = "a huge page is mapped in part, and nothing will ever split it"
    # where all huge pages are queued, the flag says which of them will be split
    known = PARTIALLY_MAPPED if k.behaviour[B_SPLIT_QUEUE] else DEFERRED_SPLIT
    return [Fault("pthp", text) for head in _in_part(m, census) if of_whole(m, head, known) == 0]


def _near_deferred_split(m: State, census: Census) -> bool:
    """A huge page is mapped in part."""
    return bool(_in_part(m, census))


DEFERRED: Final = Promise(
    "deferred-split",
    says="an anonymous huge page of which parts are mapped, and others by nobody, is on the queue "
    "of deferred splits, from which what is unused comes back when memory is short",
    broken="the unused parts of {pages} never come back",
    state=_not_queued,
    danger=_near_deferred_split,
    no_rule="the reverse map queues them, at no site: it is seen where C of a tree is executed",
)
