# SPDX-License-Identifier: GPL-2.0-or-later
"""A promise about pages on their way to an LRU list."""

from typing import Final

from linuxmm.promises.census import Census
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.record import Fault, Promise
from linuxmm.state.constants import NR_PVECS, PG_LRU, PVEC_LRU_ADD, PVEC_SIZE
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


def _waiting(m: State, census: Census) -> list[int]:
    """The pages of the batches that lead to an LRU list, each as often as it is there."""
    found = []
    for batch in census.batches:
        if batch % NR_PVECS == PVEC_LRU_ADD:
            first = batch * PVEC_SIZE
            found += [m.pvec_page[i] for i in range(first, first + m.pvec_nr[batch])]
    return found


def _twice(m: State, k: Rules, census: Census) -> list[Fault]:
    """Each waits once, and is on no list yet: else lru_add_fn links it where it is linked."""
    pages = _waiting(m, census)
    doubled = {page for page in pages if pages.count(page) > 1}
    found = [
        Fault(page_kind(m, page), "a page waits twice for an LRU list") for page in sorted(doubled)
    ]
    for page in pages:
        if census.flags[page] & PG_LRU:
            found.append(Fault(page_kind(m, page), "a page on an LRU list waits for one"))
    return found


def _near_lru_add(m: State, census: Census) -> bool:
    """A page waits in a batch."""
    return bool(_waiting(m, census))


LRU_ADD: Final = Promise(
    "lru-add",
    says="a page waits once in the batches on their way to an LRU list, and is on none meanwhile",
    broken="{pages} are put on an LRU list on which they are",
    state=_twice,
    danger=_near_lru_add,
    no_rule="what puts a page back has isolated it, at no site: it is seen where C is executed",
)
