# SPDX-License-Identifier: GPL-2.0-or-later
"""Words for the "sometimes" of promises: what a state or a step has come near to."""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.promises.census import Census
from linuxmm.state.constants import RANGE_RAM
from linuxmm.state.layout import State
from linuxmm.state.sites import (
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_DO_NUMA_PAGE,
    SITE_MADVISE_COLD_OR_PAGEOUT,
    SITE_MIGRATE_VMA_COLLECT_PMD,
)

ISOLATING_SITES: Final = (
    SITE_MADVISE_COLD_OR_PAGEOUT,
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_DO_NUMA_PAGE,
    SITE_MIGRATE_VMA_COLLECT_PMD,
)


def visited(m: State, sites: tuple[int, ...]) -> bool:
    """Did the step look a page up at one of these sites?"""
    return any(m.visited_site[site] for site in sites)


def is_device(m: State, page: int) -> bool:
    """Is it a page of ZONE_DEVICE?"""
    return m.range_type[m.page_range[page]] != RANGE_RAM


def device_mapped(m: State, census: Census) -> bool:
    """Does an entry that user code can use map a page of device memory?"""
    return any(
        page and is_device(m, page) and pte_present(pte)
        for _, _, pte, page in census.present + census.special
    )


def mapped_twice(m: State, census: Census) -> bool:
    """A page is mapped more than once."""
    return any(count > 1 for count in census.mapped)
