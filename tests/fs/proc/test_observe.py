# SPDX-License-Identifier: GPL-2.0-or-later
"""observe_mm: equal for machines that look alike, different for each thing user space can see."""

from collections.abc import Callable

import pytest

from linuxmm import kernels
from linuxmm.arch.x86.pgtable import PAGE_DIRTY, PAGE_SOFT_DIRTY, swp_pte
from linuxmm.fs.proc.observe import observe_mm
from linuxmm.mm.memory.nonpresent import make_device_private_entry
from linuxmm.state.constants import MM_ANONPAGES, PG_ACTIVE, PG_REFERENCED, VM_LOCKED
from linuxmm.state.layout import DIVERGED, NR_EVENTS, SIZE_E
from linuxmm.state.sites import NR_SITES
from tests.fs.proc.states import COHERENT, DEVMAP, FSDAX, MM, NODE0, NODE1, PRIVATE, Hand, hand


def two_pages(skip: int = 0, where: int = NODE0) -> Hand:
    """Two anonymous pages, one mapped twice, after `skip` rows of the range were used up."""
    h = hand()
    for _ in range(skip):
        h.page(where)
    shared, own = h.page(where, mapcount=2), h.page(where)
    h.vma([h.entry(shared), h.entry(own), h.entry(shared), 0])
    return h


def look(h: Hand) -> int:
    return observe_mm(h.m, h.k, MM)


def test_other_rows_look_alike() -> None:
    assert look(two_pages()) == look(two_pages(skip=3))


def test_other_place_does_not() -> None:
    assert len({look(two_pages(where=where)) for where in (NODE0, NODE1, COHERENT)}) == 3


def first_slot(h: Hand) -> int:
    return h.slot(1)


CHANGES: dict[str, Callable[[Hand], None]] = {
    "unmapped": lambda h: h.m.pte.__setitem__(first_slot(h), 0),
    "soft-dirty": lambda h: h.m.pte.__setitem__(
        first_slot(h), h.m.pte[first_slot(h)] | PAGE_SOFT_DIRTY
    ),
    "clean": lambda h: h.m.pte.__setitem__(first_slot(h), h.m.pte[first_slot(h)] & ~PAGE_DIRTY),
    "other frame": lambda h: h.m.pte.__setitem__(first_slot(h), h.m.pte[first_slot(h) + 1]),
    "swapped": lambda h: h.m.pte.__setitem__(first_slot(h), swp_pte(0, 1)),
    "active": lambda h: h.m.page_flags.__setitem__(2, h.m.page_flags[2] | PG_ACTIVE),
    "locked": lambda h: h.m.vma_flags.__setitem__(1, h.m.vma_flags[1] | VM_LOCKED),
    "rss": lambda h: h.m.mm_rss.__setitem__(MM * 4 + MM_ANONPAGES, 1),
    "VmLck": lambda h: h.m.mm_locked_vm.__setitem__(MM, 1),
    "mapcount": lambda h: h.m.page_mapcount.__setitem__(3, 2),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_shows(what: str) -> None:
    h = two_pages()
    before = look(h)
    CHANGES[what](h)
    assert look(h) != before


def test_what_is_hidden_does_not_show() -> None:
    h = two_pages()
    before = look(h)
    h.m.page_refcount[3] += 5  # only the kernel sees it: mapped once, private either way
    h.m.page_flags[3] |= PG_REFERENCED  # the entry is young already
    assert look(h) == before


def test_swap_slots_and_type_numbers_are_named() -> None:
    looks = set()
    for slot in (1, 3):
        h = hand()
        h.m.swap_count[slot] = 1
        h.vma([swp_pte(0, slot)])
        looks.add(look(h))
    assert len(looks) == 1
    private = set()
    for kernel in ("split-v1", "v6.1"):  # 28 and 26 for the same thing
        h = hand(kernel)
        page = h.page(PRIVATE)
        h.vma([make_device_private_entry(h.k, h.pfn(page), 1)])
        private.add(look(h))
    assert len(private) == 1


def test_nothing_is_left_behind() -> None:
    h = hand("v5.17-coherent", kernels.load("split-v1"))
    h.vma([h.entry(h.page(FSDAX, anon=False), DEVMAP)])
    h.m.scratch[NR_EVENTS] = 2
    before = h.block.snapshot()
    scratch = [h.m.scratch[i] for i in range(16)]
    look(h)
    assert h.block.snapshot() == before
    assert [h.m.scratch[i] for i in range(16)] == scratch
    assert h.m.scratch[DIVERGED] == 0
    sites = range(NR_SITES)
    assert not any(h.m.visited_site[i] or h.m.diverged_site[i] for i in sites)
    assert not any(h.m.event_code[i] for i in range(h.m.size[SIZE_E]))
