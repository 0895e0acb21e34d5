"""The "sometimes" beside each invariant: was a state reached in which it could have broken?

An invariant that never fires says nothing when nothing ever came near.  `dangerous` looks at a
state that a step has just made, as `check` does.  `thp-device` is never among its answers.
"""

from collections.abc import Callable
from typing import Final

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.machine import Machine
from linuxmm.mm.page import page_anon, page_ksm
from linuxmm.promises.census import Census, values
from linuxmm.promises.reports import is_report
from linuxmm.promises.shadow import Shadow
from linuxmm.state.constants import (
    NR_MM_COUNTERS,
    PG_ALLOCATED,
    PG_MLOCKED,
    RANGE_COHERENT,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_ZERO_PAGE,
    VM_MERGEABLE,
)
from linuxmm.state.layout import MIGRATE_PHASE, SIZE_C, SIZE_H, SIZE_M, SIZE_R, State
from linuxmm.state.vocabulary import (
    FOLL_LONGTERM,
    FOLL_PIN,
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_BREAK_KSM,
    SITE_DO_NUMA_PAGE,
    SITE_FOLLOW_PAGE_PTE,
    SITE_GET_MERGEABLE_PAGE,
    SITE_MADVISE_COLD_OR_PAGEOUT,
    SITE_MADVISE_FREE,
    SITE_MIGRATE_VMA_COLLECT_PMD,
    SITE_MLOCK_PTE_RANGE,
    SITE_SCAN_GET_NEXT_RMAP_ITEM,
)

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
ISOLATING_SITES: Final = (
    SITE_MADVISE_COLD_OR_PAGEOUT,
    SITE_ADD_PAGE_FOR_MIGRATION,
    SITE_DO_NUMA_PAGE,
    SITE_MIGRATE_VMA_COLLECT_PMD,
)
KSM_SITES: Final = (SITE_GET_MERGEABLE_PAGE, SITE_SCAN_GET_NEXT_RMAP_ITEM)


def dangerous(machine: Machine) -> frozenset[str]:
    """The invariants that the last step, or the state it left, could have broken."""
    m = machine.block.m
    census = Census(m, machine.k)
    found = {name for name, rule in _RULES.items() if rule(m, census)}
    if isinstance(machine.observer, Shadow) and _report(m, census, machine.observer):
        found.add("report")
    return frozenset(found)


def _visited(m: State, sites: tuple[int, ...]) -> bool:
    return any(m.visited_site[site] for site in sites)


def _is_device(m: State, page: int) -> bool:
    return m.range_type[m.page_range[page]] != RANGE_RAM


def _device_mapped(m: State, census: Census) -> bool:
    """Does an entry that user code can use map a page of device memory?"""
    return any(
        page and _is_device(m, page) and pte_present(pte)
        for _, _, pte, page in census.present + census.special
    )


def _bad_page_map(m: State, census: Census) -> bool:
    """A special entry other than the zero page's: lookups tell those by more than one bit."""
    return any(page != m.setting[SET_ZERO_PAGE] for _, _, _, page in census.special)


def _lru_device(m: State, census: Census) -> bool:
    """A device page is mapped, and a site that feeds the LRU looked a page up."""
    return _visited(m, LRU_SITES) and _device_mapped(m, census)


def _ksm_device(m: State, census: Census) -> bool:
    """ksmd looked at pages while a device page was mapped in a mergeable VMA."""
    return _visited(m, KSM_SITES) and any(
        _is_device(m, page) and m.vma_flags[vma] & VM_MERGEABLE and pte_present(pte)
        for vma, _, pte, page in census.present
    )


def _ksm_device_migrated(m: State, census: Census) -> bool:
    """A merged page exists, and a device whose driver takes pages."""
    return any(page_ksm(m, page) for _, _, _, page in census.present) and any(
        m.range_type[r] in (RANGE_PRIVATE, RANGE_COHERENT) for r in range(1, m.used[SIZE_R])
    )


def _foll_lru(m: State, census: Census) -> bool:
    """follow_page walked while a device page was mapped."""
    return _visited(m, (SITE_FOLLOW_PAGE_PTE,)) and _device_mapped(m, census)


def _refcount(m: State, census: Census) -> bool:
    """Somebody holds a mapped page who does not map it."""
    return any(
        census.references[page] > census.mapped[page] > 0 for _, _, _, page in census.present
    )


def _mapcount(m: State, census: Census) -> bool:
    """A page is mapped more than once."""
    return any(count > 1 for count in census.mapped)


def _rss(m: State, census: Census) -> bool:
    """A task still holds a part of its mm's counters, or an entry counts without being present."""
    deltas = any(m.task_rss[i] for i in range(m.used[SIZE_C] * NR_MM_COUNTERS))
    away = any(not pte_present(pte) for _, _, pte, _ in census.present)
    return deltas or away or bool(census.moving or census.swapped)


def _mlock(m: State, census: Census) -> bool:
    """A page is marked mlocked."""
    return any(flags & PG_MLOCKED for flags in values(m.page_flags))


def _content(m: State, census: Census) -> bool:
    """Contents are shared by several entries, or not in system memory."""
    away = any(_is_device(m, page) for _, _, _, page in census.present)
    return _mapcount(m, census) or away or bool(census.swapped or census.moving)


def _pin(m: State, census: Census) -> bool:
    """An anonymous page is pinned in one of several processes, or in its mm a migration ran."""
    pinned = any(
        page_anon(m, m.held_page[row])
        for row in range(1, m.used[SIZE_H])
        if m.held_page[row] and m.held_flags[row] & FOLL_PIN
    )
    several = sum(1 for mm in range(1, m.used[SIZE_M]) if m.mm_users[mm]) > 1
    return pinned and (several or _visited(m, ISOLATING_SITES))


def _device_return(m: State, census: Census) -> bool:
    """A page of a device is in use."""
    return any(
        m.page_flags[page] & PG_ALLOCATED
        and m.range_type[m.page_range[page]] in (RANGE_PRIVATE, RANGE_COHERENT)
        for page in census.device_pages()
    )


def _rmap(m: State, census: Census) -> bool:
    """A page is mapped by several VMAs, or a merged page at all."""
    return _mapcount(m, census) or any(page_ksm(m, page) for _, _, _, page in census.present)


def _isolated(m: State, census: Census) -> bool:
    """A site that isolates pages was at work, or migrate_vma still is."""
    return _visited(m, ISOLATING_SITES) or m.migrate[MIGRATE_PHASE] != 0


def _ends(m: State, census: Census) -> bool:
    """A loop that tries again was entered: a long-term pin, or the breaking of a merged page."""
    longterm = any(m.held_flags[row] & FOLL_LONGTERM for row in range(1, m.used[SIZE_H]))
    return longterm or _visited(m, (SITE_BREAK_KSM,))


def _report(m: State, census: Census, shadow: Shadow) -> bool:
    """A report was read while an entry was of another kind than a page of system memory."""
    return is_report(shadow.made) and bool(
        census.special
        or census.swapped
        or census.moving
        or any(_is_device(m, page) for _, _, _, page in census.present)
    )


_RULES: Final[dict[str, Callable[[State, Census], bool]]] = {
    "bad-page-map": _bad_page_map,
    "lru-device": _lru_device,
    "ksm-device": _ksm_device,
    "ksm-device-migrated": _ksm_device_migrated,
    "foll-lru": _foll_lru,
    "refcount": _refcount,
    "mapcount": _mapcount,
    "rss": _rss,
    "mlock": _mlock,
    "content": _content,
    "pin": _pin,
    "device-return": _device_return,
    "rmap": _rmap,
    "isolated": _isolated,
    "ends": _ends,
}
