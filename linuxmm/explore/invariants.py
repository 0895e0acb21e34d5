"""The invariants of design.md section 6: promises that hold after every step.

`check` looks at a state that a step has just made (events and results of the step still
readable) and returns what is broken.  Checks that only hold with the per-CPU batches emptied
work on a drained copy.  Each check has a `sometimes` beside it (`dangerous`): the state in
which it could have been broken was reached.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present
from linuxmm.explore.census import Census
from linuxmm.explore.kinds import page_kind
from linuxmm.machine import Machine
from linuxmm.mm.memory.rss import rss_of
from linuxmm.mm.page import page_ksm, pfn_to_page
from linuxmm.mm.page_vma_mapped import page_vma_mapped_walk
from linuxmm.mm.rmap import rmap_address, vma_pte_slot
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EVENT_BAD_PAGE_MAP,
    EVENT_BAD_RSS,
    EVENT_BUG,
    LIST_ISOLATED,
    LIST_MIGRATE,
    LIST_NONE,
    NR_MM_COUNTERS,
    NR_PVECS,
    PG_ALLOCATED,
    PG_ANON_EXCLUSIVE,
    PG_LRU,
    PG_MLOCKED,
    PVEC_MLOCK,
    PVEC_SIZE,
    RANGE_COHERENT,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_ZERO_PAGE,
)
from linuxmm.state.layout import (
    FOLL_LRU_DEVICE,
    KSM_DEVICE,
    MIGRATE_PHASE,
    NR_EVENTS,
    NR_ISOLATED_ANON,
    NR_ISOLATED_FILE,
    NR_MLOCK,
    SIZE_H,
    SIZE_M,
    SIZE_P,
    SIZE_Q,
    SIZE_R,
    SIZE_U,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import FOLL_LONGTERM, FOLL_PIN, SITES

IDS: Final[tuple[str, ...]] = (
    "bad-page-map",
    "lru-device",
    "ksm-device",
    "ksm-device-migrated",
    "thp-device",
    "foll-lru",
    "refcount",
    "mapcount",
    "rss",
    "mlock",
    "content",
    "pin",
    "device-return",
    "rmap",
    "isolated",
    "report",
)
NOT_MODELLED_IDS: Final = ("thp-device",)


@dataclass(frozen=True)
class Violation:
    """One broken promise: which, of what kind of page, in words, and where if a site said so."""

    invariant: str
    page_kind: str
    text: str
    site: str = ""


def check(machine: Machine) -> list[Violation]:
    """Every promise that the state after the last step breaks."""
    m, k = machine.block.m, machine.k
    found = check_step(m)
    found += check_state(m, k)
    found += check_drained(machine)
    return found


# --- what the step itself reported ---
def check_step(m: State) -> list[Violation]:
    """Promises about the step: bad-page-map, rss after exit, ksm-device, foll-lru."""
    found = []
    for i in range(m.scratch[NR_EVENTS]):
        code, site = m.event_code[i], SITES[m.event_site[i]]
        if code == EVENT_BAD_PAGE_MAP:
            page = pfn_to_page(m, m.event_pfn[i])
            kind = page_kind(m, page) if page else "pfnmap"
            found.append(Violation("bad-page-map", kind, "a lookup reports a bad entry", site))
        elif code == EVENT_BAD_RSS:
            found.append(Violation("rss", "", "an rss counter is not zero after exit"))
        elif code == EVENT_BUG:
            page = pfn_to_page(m, m.event_pfn[i])
            kind = page_kind(m, page) if page else ""
            found.append(
                Violation("refcount", kind, "a count went below zero or a page was freed in use")
            )
    if m.scratch[KSM_DEVICE]:
        found.append(Violation("ksm-device", "coherent", "ksmd takes a device page into a tree"))
    if m.scratch[FOLL_LRU_DEVICE]:
        found.append(
            Violation("foll-lru", "device", "a lookup for LRU pages returns a device page")
        )
    return found


# --- the state as it is ---
def check_state(m: State, k: Rules) -> list[Violation]:
    """Promises about every state, batches not drained."""
    census = Census(m, k)
    found: list[Violation] = []
    for rule in STATE_RULES:
        found += rule(m, k, census)
    return found


def lru_device(m: State, k: Rules, census: Census) -> list[Violation]:
    """No ZONE_DEVICE page on an LRU list, in an LRU-moving batch or on a migrate_pages list."""
    found = []
    for page in _device_pages(m):
        if m.page_flags[page] & PG_LRU or m.page_list[page] != LIST_NONE:
            found.append(Violation("lru-device", page_kind(m, page), "a device page is on a list"))
    for cpu in range(m.size[SIZE_U]):
        for which in range(PVEC_MLOCK):
            batch = cpu * NR_PVECS + which
            for i in range(batch * PVEC_SIZE, batch * PVEC_SIZE + m.pvec_nr[batch]):
                page = m.pvec_page[i]
                if m.range_type[m.page_range[page]] != RANGE_RAM:
                    text = "a device page is in a batch on its way to an LRU list"
                    found.append(Violation("lru-device", page_kind(m, page), text))
    return found


def ksm_device_migrated(m: State, k: Rules, census: Census) -> list[Violation]:
    """No stable node stands for a device page."""
    return [
        Violation("ksm-device-migrated", page_kind(m, page), "a stable node is a device page")
        for node in range(1, m.used[SIZE_Q])
        if (page := m.stable_page[node]) and m.range_type[m.page_range[page]] != RANGE_RAM
    ]


def refcount(m: State, k: Rules, census: Census) -> list[Violation]:
    """The references of each page are all explained, and no more."""
    found = []
    zero = m.setting[SET_ZERO_PAGE]
    counts, expected = m.page_refcount, census.references
    for page in range(1, m.used[SIZE_P]):
        if counts[page] == expected[page] and m.range_type[m.page_range[page]] == RANGE_RAM:
            continue
        if page == zero or page in census.in_migration:
            continue
        extra = counts[page] - expected[page] - census.base_references(page)
        if extra:
            word = "leaked" if extra > 0 else "missing"
            text = f"{abs(extra)} reference{'s' if abs(extra) > 1 else ''} {word}"
            found.append(Violation("refcount", page_kind(m, page), text))
    return found


def mapcount(m: State, k: Rules, census: Census) -> list[Violation]:
    """The mapcount of each page is the number of its counting entries."""
    found = []
    for page in range(1, m.used[SIZE_P]):
        if m.page_mapcount[page] != census.mapped[page]:
            text = f"mapcount {m.page_mapcount[page]}, entries {census.mapped[page]}"
            found.append(Violation("mapcount", page_kind(m, page), text))
    return found


def rss(m: State, k: Rules, census: Census) -> list[Violation]:
    """Each rss counter is the number of entries of its type."""
    found = []
    for mm in range(1, m.used[SIZE_M]):
        if m.mm_users[mm]:
            for which in range(NR_MM_COUNTERS):
                shown, counted = rss_of(m, mm, which), census.rss[mm * NR_MM_COUNTERS + which]
                if shown != counted:
                    name = ("file", "anon", "swap", "shmem")[which]
                    text = f"rss of {name} pages is {shown}, entries {counted}"
                    found.append(Violation("rss", name, text))
    return found


def content(m: State, k: Rules, census: Census) -> list[Violation]:
    """No entry but a PFN map points at a freed page; swapped data is still there."""
    found = [
        Violation("content", page_kind(m, page) if page else "", "an entry points at a freed page")
        for _, _, _, page in census.stray
    ]
    for slot, entries in census.swap_entries.items():
        if m.swap_count[slot] < entries:
            found.append(Violation("content", "anon", "a swap slot is freed while entries use it"))
    return found


def rmap(m: State, k: Rules, census: Census) -> list[Violation]:
    """Every counting entry of a page with a mapping can be found from the page."""
    found = []
    for vma, addr, _, page in census.present:
        if m.page_mapping[page] and not _is_found(m, page, vma, addr):
            text = "an entry cannot be found from its page"
            found.append(Violation("rmap", page_kind(m, page), text))
    return found


def _is_found(m: State, page: int, vma: int, addr: int) -> bool:
    """Does a reverse-map walk come by this address?  A KSM page may have several in one VMA."""
    if page_ksm(m, page):
        return page_vma_mapped_walk(m, page, vma, addr - 1) == addr
    return rmap_address(m, page, vma) == addr


def isolated(m: State, k: Rules, census: Census) -> list[Violation]:
    """After a system call nothing is left isolated."""
    if m.migrate[MIGRATE_PHASE]:
        return []
    found = [
        Violation("isolated", page_kind(m, page), "a page is left isolated")
        for page in range(1, m.used[SIZE_P])
        if m.page_list[page] in (LIST_ISOLATED, LIST_MIGRATE)
    ]
    if m.vmstat[NR_ISOLATED_ANON] or m.vmstat[NR_ISOLATED_FILE]:
        found.append(Violation("isolated", "", "nr_isolated is not back at zero"))
    return found


def pin(m: State, k: Rules, census: Census) -> list[Violation]:
    """A pinned page stays mapped at its address; a long-term pin is never on coherent memory."""
    found = []
    for row in range(1, m.used[SIZE_H]):
        page, flags = m.held_page[row], m.held_flags[row]
        if page == 0 or flags & FOLL_PIN == 0:
            continue
        if flags & FOLL_LONGTERM and m.range_type[m.page_range[page]] == RANGE_COHERENT:
            text = "a long-term pin holds a page that must stay evictable"
            found.append(Violation("pin", "coherent", text))
        if m.page_flags[page] & PG_ANON_EXCLUSIVE and _replaced(m, row):
            text = "a pinned page is no longer mapped where it was pinned"
            found.append(Violation("pin", page_kind(m, page), text))
    return found


def _replaced(m: State, row: int) -> bool:
    """Is another page mapped where this pin was taken (unmapped or discarded is allowed)?"""
    vma = find_vma(m, m.held_mm[row], m.held_addr[row])
    if vma == 0:
        return False
    pte = m.pte[vma_pte_slot(m, vma, m.held_addr[row])]
    if pte_none(pte) or not pte_present(pte):
        return False
    return (
        pfn_to_page(m, pte_pfn(pte)) != m.held_page[row] and m.page_mapcount[m.held_page[row]] == 0
    )


def _device_pages(m: State) -> list[int]:
    pages: list[int] = []
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] != RANGE_RAM:
            pages += range(m.range_row[r], m.range_row[r] + m.range_rows[r])
    return pages


StateRule = Callable[[State, Rules, Census], list[Violation]]
STATE_RULES: Final[tuple[StateRule, ...]] = (
    lru_device,
    ksm_device_migrated,
    refcount,
    mapcount,
    rss,
    content,
    pin,
    rmap,
    isolated,
)


# --- the state with every batch emptied, on a copy ---
def check_drained(machine: Machine) -> list[Violation]:
    """Promises that hold once the per-CPU batches are empty: mlock, device-return."""
    m, k, block = machine.block.m, machine.k, machine.block
    if not _needs_drained_check(m):
        return []
    whole = bytes(block.data)
    lru_add_drain_all(m, k)
    census = Census(m, k)
    found = mlock(m, k, census) + device_return(m, k, census)
    block.view[:] = whole
    return found


def _needs_drained_check(m: State) -> bool:
    if m.vmstat[NR_MLOCK]:
        return True
    flags = m.page_flags
    return any(flags[p] & (PG_ALLOCATED | PG_MLOCKED) for p in _device_pages(m)) or any(
        flags[p] & PG_MLOCKED for p in range(1, m.used[SIZE_P])
    )


def mlock(m: State, k: Rules, census: Census) -> list[Violation]:
    """Every page marked mlocked is mapped by a locked VMA, and NR_MLOCK counts such pages."""
    if m.migrate[MIGRATE_PHASE]:
        return []
    found, marked = [], 0
    for page in range(1, m.used[SIZE_P]):
        if m.page_flags[page] & PG_MLOCKED:
            marked += 1
            if census.locked[page] == 0:
                text = "a page is marked mlocked but no locked VMA maps it"
                found.append(Violation("mlock", page_kind(m, page), text))
    if m.vmstat[NR_MLOCK] != marked:
        text = f"nr_mlock is {m.vmstat[NR_MLOCK]}, pages marked mlocked {marked}"
        found.append(Violation("mlock", "", text))
    return found


def device_return(m: State, k: Rules, census: Census) -> list[Violation]:
    """A device page that nothing references is back with its driver."""
    if m.migrate[MIGRATE_PHASE]:
        return []
    return [
        Violation("device-return", page_kind(m, page), "an unused device page is not given back")
        for page in _device_pages(m)
        if m.page_flags[page] & PG_ALLOCATED
        and m.range_type[m.page_range[page]] in (RANGE_PRIVATE, RANGE_COHERENT)
        and census.references[page] == 0
        and page not in census.in_migration
    ]
