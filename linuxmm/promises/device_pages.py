# SPDX-License-Identifier: GPL-2.0-or-later
"""Promises about pages of device memory: no list, no collapse, back to the driver."""

from typing import Final

from linuxmm.mm.sites import predicate
from linuxmm.promises.census import Census, raw, values
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.near import device_mapped, visited
from linuxmm.promises.record import COHERENT, Fault, Promise, WrongRule
from linuxmm.state.constants import (
    LIST_NONE,
    NR_PVECS,
    PG_ALLOCATED,
    PG_LRU,
    PVEC_MLOCK,
    PVEC_SIZE,
    RANGE_COHERENT,
    RANGE_PRIVATE,
    RANGE_RAM,
)
from linuxmm.state.layout import DIVERGED, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import (
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_DO_NUMA_PAGE,
    SITE_FOLLOW_PAGE_PTE,
    SITE_MADVISE_COLD_OR_PAGEOUT,
    SITE_MADVISE_FREE,
    SITE_MIGRATE_VMA_COLLECT_PMD,
    SITE_MLOCK_PTE_RANGE,
)
from linuxmm.state.vocabulary import PREDICATE_TRY_TO_MIGRATE

# Sites through which a page can get to an LRU list, a batch or a migration list.
LRU_SITES: Final = (
    SITE_MADVISE_COLD_OR_PAGEOUT,
    SITE_MADVISE_FREE,
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_DO_NUMA_PAGE,
    SITE_MIGRATE_VMA_COLLECT_PMD,
    SITE_MLOCK_PTE_RANGE,
    SITE_FOLLOW_PAGE_PTE,
)


def _on_a_list(m: State, k: Rules, census: Census) -> list[Fault]:
    """No ZONE_DEVICE page on an LRU list, in an LRU-moving batch or on a migrate_pages list.

    The mlock batch and migrate_vma's own arrays may hold one.
    """
    found = []
    flags, lists = census.flags, raw(m.page_list)
    for page in census.device_pages():
        if flags[page] & PG_LRU or lists[page] != LIST_NONE:
            found.append(Fault(page_kind(m, page), "a device page is on a list"))
    for batch in census.batches:
        if batch % NR_PVECS != PVEC_MLOCK:
            found += _device_pages_in_batch(m, batch)
    return found


def _device_pages_in_batch(m: State, batch: int) -> list[Fault]:
    text = "a device page is in a batch on its way to an LRU list"
    first = batch * PVEC_SIZE
    pages = [m.pvec_page[i] for i in range(first, first + m.pvec_nr[batch])]
    return [
        Fault(page_kind(m, page), text)
        for page in pages
        if m.range_type[m.page_range[page]] != RANGE_RAM
    ]


def _near_lru_device(m: State, census: Census) -> bool:
    """A device page is mapped, and a site that feeds the LRU looked a page up."""
    return visited(m, LRU_SITES) and device_mapped(m, census)


LRU_DEVICE: Final = Promise(
    "lru-device",
    says="no ZONE_DEVICE page has PG_lru, is on a list, in a batch on its way to one or on a "
    "migrate_pages() list (migrate_vma's own arrays and the mlock batch are allowed)",
    broken="{pages} get onto an LRU list, or on their way to one",
    state=_on_a_list,
    danger=_near_lru_device,
    no_rule="what puts a page on a list asks PG_lru or is_zone_device_page itself, at no site",
)


def _near_thp_device(m: State, census: Census) -> bool:
    """Never: what isolates for a collapse asks PG_lru, which no device page has."""
    return False


THP_DEVICE: Final = Promise(
    "thp-device",
    says="no ZONE_DEVICE page is isolated for, or replaced by, a collapse",
    broken="{pages} are isolated for a collapse, or replaced by one",
    danger=_near_thp_device,
    no_rule="what isolates for a collapse asks PG_lru itself, at no site: see lru-device",
)


def _not_returned(m: State, k: Rules, census: Census) -> list[Fault]:
    """A device page that nothing references is back with its driver; one that only mappings
    reference can be migrated out: nothing but its type could refuse (counts, locks and the
    reverse map are the promises of others)."""
    found = []
    flags = values(m.page_flags)
    for page in [page for page in census.device_pages() if flags[page] & PG_ALLOCATED]:
        if m.range_type[m.page_range[page]] not in (RANGE_PRIVATE, RANGE_COHERENT):
            continue
        references = census.references[page] - census.batched.get(page, 0)
        if references == 0 and page not in census.in_migration:
            text = "an unused device page is not given back"
            found.append(Fault(page_kind(m, page), text))
        elif references == census.mapped[page] and not can_be_unmapped(m, k, page):
            text = "a device page that is only mapped cannot be migrated out"
            found.append(Fault(page_kind(m, page), text))
    return found


def can_be_unmapped(m: State, k: Rules, page: int) -> bool:
    """Would try_to_migrate act on the page?  The mark of a diverging rival is not left behind."""
    before = m.scratch[DIVERGED]
    answer = predicate(m, k, PREDICATE_TRY_TO_MIGRATE, page)
    m.scratch[DIVERGED] = before
    return bool(answer)


def _near_device_return(m: State, census: Census) -> bool:
    """A page of a device is in use."""
    return any(
        m.page_flags[page] & PG_ALLOCATED
        and m.range_type[m.page_range[page]] in (RANGE_PRIVATE, RANGE_COHERENT)
        for page in census.device_pages()
    )


DEVICE_RETURN: Final = Promise(
    "device-return",
    says="a device page that nothing references is back with its driver; one that only mappings "
    "reference can be migrated out",
    broken="unused {pages} do not go back to their driver",
    drained=_not_returned,
    danger=_near_device_return,
    wrong=WrongRule(
        "v6.1",
        '[predicate.try_to_migrate]\nrows = ["device_private -> yes", "device_coherent -> no", '
        '"zone_device -> no", "otherwise -> yes"]',
        (*COHERENT, "P0: read a"),
    ),
)
