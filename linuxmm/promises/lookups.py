# SPDX-License-Identifier: GPL-2.0-or-later
"""Promises about what a lookup answers: of an entry, of a page."""

from typing import Final

from linuxmm.promises.census import Census
from linuxmm.promises.kinds import event_page_kind
from linuxmm.promises.near import device_mapped, visited
from linuxmm.promises.record import COHERENT, Fault, Promise, WrongRule
from linuxmm.state.constants import EVENT_BAD_PAGE_MAP, SET_ZERO_PAGE
from linuxmm.state.layout import FOLL_LRU_DEVICE, State
from linuxmm.state.sites import SITE_FOLLOW_PAGE_PTE, SITES


def _bad_entry(m: State, event: int) -> Fault:
    """The kernel says "Bad page map" of an entry that it made itself."""
    text, site = "a lookup reports a bad entry", SITES[m.event_site[event]]
    return Fault(event_page_kind(m, event) or "pfnmap", text, site)


def _near_bad_page_map(m: State, census: Census) -> bool:
    """A special entry other than the zero page's: lookups tell those by more than one bit."""
    return any(page != m.setting[SET_ZERO_PAGE] for _, _, _, page in census.special)


BAD_PAGE_MAP: Final = Promise(
    "bad-page-map",
    says="no lookup reports a bad entry for a mapping that the kernel itself made",
    broken="a mapping of {pages} that the kernel made is reported as a bad page map",
    logged={EVENT_BAD_PAGE_MAP: _bad_entry},
    danger=_near_bad_page_map,
    wrong=WrongRule(
        "v6.1",
        '[lookup.normal]\nwithout = ["devmap -> none"]',
        ("P0: a = mmap 1p rw shared dax0", "P0: read a", "P0: smaps a"),
        machine=("dax0 64M",),
    ),
)


def _near_foll_lru(m: State, census: Census) -> bool:
    """follow_page walked while a device page was mapped."""
    return visited(m, (SITE_FOLLOW_PAGE_PTE,)) and device_mapped(m, census)


FOLL_LRU: Final = Promise(
    "foll-lru",
    says="a lookup that was asked for LRU pages returns no ZONE_DEVICE page",
    broken="a lookup that asked for LRU pages returns {pages}",
    marks={FOLL_LRU_DEVICE: Fault("device", "a lookup for LRU pages returns a device page")},
    danger=_near_foll_lru,
    wrong=WrongRule(
        "split-v1",
        '[lookup.lru]\nof = "any"\nthen = ["otherwise -> page"]',
        (*COHERENT, "P0: move_pages a node1"),
    ),
)
