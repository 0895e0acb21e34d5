"""The invariants: promises that hold after every step.

`check` looks at a state that a step has just made (events and results of the step still
readable) and returns what is broken.  Checks that only hold with the per-CPU batches emptied
work on a drained copy.  Contents, results of pins and reports are checked when the machine
carries a shadow (`promises/shadow.py:watch`).  `promises/dangers.py` says for each promise whether
a state was reached in which it could have been broken.  THP is not modelled, so nothing can
break `thp-device`: it is in NOT_MODELLED_IDS and never fires.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present
from linuxmm.machine import Machine
from linuxmm.mm.gup.fast import FAST_FLAGS
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.memory.rss import rss_of
from linuxmm.mm.page import page_anon, page_ksm, pfn_to_page
from linuxmm.mm.page_vma_mapped import page_vma_mapped_walk
from linuxmm.mm.rmap import rmap_address, vma_pte_slot
from linuxmm.mm.sites import predicate
from linuxmm.mm.swap import lru_add_drain_all
from linuxmm.mm.vma import find_vma
from linuxmm.promises.census import Census, Entries, raw, values
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.reports import is_report, report_mismatches
from linuxmm.promises.shadow import Shadow, held_by_entry, held_by_file
from linuxmm.state.constants import (
    EBUSY,
    EEXIST,
    EFAULT,
    EINTR,
    EINVAL,
    ENOMEM,
    EOPNOTSUPP,
    ERRNO_NAMES,
    EVENT_BAD_PAGE_MAP,
    EVENT_BAD_RSS,
    EVENT_BUG,
    EVENT_ENDLESS,
    LIST_NONE,
    NO_PAGE,
    NO_VMA,
    NR_MM_COUNTERS,
    NR_PVECS,
    PG_ALLOCATED,
    PG_LOCKED,
    PG_LRU,
    PG_MLOCKED,
    PVEC_MLOCK,
    PVEC_SIZE,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_ZERO_PAGE,
    VM_SHARED,
    ZONE_MOVABLE,
)
from linuxmm.state.layout import (
    DIVERGED,
    FOLL_LRU_DEVICE,
    KSM_DEVICE,
    MIGRATE_PHASE,
    NR_EVENTS,
    NR_ISOLATED_ANON,
    NR_ISOLATED_FILE,
    NR_MLOCK,
    SIZE_H,
    SIZE_M,
    SIZE_Q,
    SIZE_R,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import (
    B_ANON_EXCLUSIVE,
    FOLL_GET,
    FOLL_LONGTERM,
    FOLL_PIN,
    PREDICATE_TRY_TO_MIGRATE,
    SITES,
)
from linuxmm.steps.memory import OP_GUP, OP_GUP_FAST

NOT_MODELLED_IDS: Final = ("thp-device",)


@dataclass(frozen=True)
class Violation:
    """One broken promise: which, of what kind of page, in words, and where if a site said so.

    `lasting`: the state itself breaks it, until it heals; else a step did (an event, an answer)
    and the state may be as good as before.
    """

    invariant: str
    page_kind: str
    text: str
    site: str = ""
    lasting: bool = True


def check(machine: Machine) -> list[Violation]:
    """Every promise that the state after the last step breaks."""
    return check_step(machine.block.m) + check_settled(machine)


def check_settled(machine: Machine) -> list[Violation]:
    """Every promise about the state itself, what the step logged left aside."""
    m, k = machine.block.m, machine.k
    census = Census(m, k)
    found: list[Violation] = []
    for rule in STATE_RULES:
        found += rule(m, k, census)
    if isinstance(machine.observer, Shadow):
        for watched in SHADOW_RULES:
            found += watched(m, k, census, machine.observer)
    return found + check_drained(machine, census)


def check_answer(machine: Machine) -> list[Violation]:
    """What the answer of the last operation breaks: a report under /proc, the result of a pin."""
    shadow = machine.observer
    if not isinstance(shadow, Shadow):
        return []
    m, k = machine.block.m, machine.k
    if shadow.result > 0 and is_report(shadow.made):
        return report(m, k, Entries(m, k), shadow)
    if shadow.result < 0 and shadow.made[0] in (OP_GUP, OP_GUP_FAST):
        return pin_result(m, k, Entries(m, k), shadow)
    return []


# --- what the step itself reported ---
def check_step(m: State) -> list[Violation]:
    """Promises about the step: bad-page-map, rss after exit, ends, ksm-device, foll-lru."""
    found = []
    for i in range(m.scratch[NR_EVENTS]):
        code, site = m.event_code[i], SITES[m.event_site[i]]
        if code == EVENT_BAD_PAGE_MAP:
            page = pfn_to_page(m, m.event_pfn[i])
            kind = page_kind(m, page) if page else "pfnmap"
            found.append(_of_step("bad-page-map", kind, "a lookup reports a bad entry", site))
        elif code == EVENT_BAD_RSS:
            found.append(_of_step("rss", "", "an rss counter is not zero after exit"))
        elif code == EVENT_BUG:
            page = pfn_to_page(m, m.event_pfn[i])
            kind = page_kind(m, page) if page else ""
            found.append(
                _of_step("refcount", kind, "a count went below zero or a page was freed in use")
            )
        elif code == EVENT_ENDLESS:
            page = pfn_to_page(m, m.event_pfn[i]) if m.event_pfn[i] else NO_PAGE
            kind = page_kind(m, page) if page else ""
            found.append(_of_step("ends", kind, "a call goes round for ever"))
    if m.scratch[KSM_DEVICE]:
        found.append(_of_step("ksm-device", "coherent", "ksmd takes a device page into a tree"))
    if m.scratch[FOLL_LRU_DEVICE]:
        found.append(_of_step("foll-lru", "device", "a lookup for LRU pages returns a device page"))
    return found


def _of_step(invariant: str, page_kind: str, text: str, site: str = "") -> Violation:
    """A promise that a step broke by what it logged or answered."""
    return Violation(invariant, page_kind, text, site, lasting=False)


# --- the state as it is ---
def lru_device(m: State, k: Rules, census: Census) -> list[Violation]:
    """No ZONE_DEVICE page on an LRU list, in an LRU-moving batch or on a migrate_pages list.

    The mlock batch and migrate_vma's own arrays may hold one.
    """
    found = []
    flags, lists = census.flags, raw(m.page_list)
    for page in census.device_pages():
        if flags[page] & PG_LRU or lists[page] != LIST_NONE:
            found.append(Violation("lru-device", page_kind(m, page), "a device page is on a list"))
    for batch in census.batches:
        if batch % NR_PVECS != PVEC_MLOCK:
            found += _device_pages_in_batch(m, batch)
    return found


def _device_pages_in_batch(m: State, batch: int) -> list[Violation]:
    text = "a device page is in a batch on its way to an LRU list"
    first = batch * PVEC_SIZE
    pages = [m.pvec_page[i] for i in range(first, first + m.pvec_nr[batch])]
    return [
        Violation("lru-device", page_kind(m, page), text)
        for page in pages
        if m.range_type[m.page_range[page]] != RANGE_RAM
    ]


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
    counts, explained = values(m.page_refcount), _explained(m, census)
    if counts == explained:
        return []
    for page, (shown, counted) in enumerate(zip(counts, explained, strict=True)):
        extra = shown - counted
        if page and extra and page != zero and page not in census.in_migration:
            word = "leaked" if extra > 0 else "missing"
            text = f"{abs(extra)} reference{'s' if abs(extra) > 1 else ''} {word}"
            found.append(Violation("refcount", page_kind(m, page), text))
    return found


def _explained(m: State, census: Census) -> list[int]:
    """What each refcount should be: everybody's references and those of the owner."""
    explained, flags = list(census.references), census.flags
    for r in range(1, m.used[SIZE_R]):
        free, used = census.base_references(r)
        if free or used:
            for page in range(m.range_row[r], m.range_row[r] + m.range_rows[r]):
                explained[page] += used if flags[page] & PG_ALLOCATED else free
    return explained


def mapcount(m: State, k: Rules, census: Census) -> list[Violation]:
    """The mapcount of each page is the number of its counting entries."""
    shown = values(m.page_mapcount)
    if shown == census.mapped:
        return []
    return [
        Violation("mapcount", page_kind(m, page), f"mapcount {count}, entries {entries}")
        for page, (count, entries) in enumerate(zip(shown, census.mapped, strict=True))
        if count != entries
    ]


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


def freed(m: State, k: Rules, census: Census) -> list[Violation]:
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
    """After a system call nothing is left isolated, locked or on its way."""
    if m.migrate[MIGRATE_PHASE]:
        return []
    found = [
        Violation("isolated", page_kind(m, page), "a page is left isolated")
        for page in census.isolated()
    ]
    for page in census.in_use:
        if census.flags[page] & PG_LOCKED:
            found.append(Violation("isolated", page_kind(m, page), "a page is left locked"))
    for _, _, _, page in census.moving:
        text = "a migration entry is left behind"
        found.append(Violation("isolated", page_kind(m, page), text))
    if m.vmstat[NR_ISOLATED_ANON] or m.vmstat[NR_ISOLATED_FILE]:
        found.append(Violation("isolated", "", "nr_isolated is not back at zero"))
    return found


# --- pins ---
def pin(m: State, k: Rules, census: Census) -> list[Violation]:
    """A long-term pin is never on memory that must stay evictable."""
    text = "a long-term pin holds a page that must stay evictable"
    longterm = FOLL_PIN | FOLL_LONGTERM
    return [
        Violation("pin", page_kind(m, page), text)
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


def pin_mapped(m: State, k: Rules, census: Census, shadow: Shadow) -> list[Violation]:
    """A pinned page stays mapped where it was pinned, until its mm unmaps or discards it.

    Any pin of an anonymous page is on a page of one process alone where pages are marked
    exclusive; before that no kernel promised it.
    """
    text = "a pinned page is no longer mapped where it was pinned"
    if k.behaviour[B_ANON_EXCLUSIVE] == 0:
        return []
    return [
        Violation("pin", page_kind(m, page), text)
        for row in range(1, m.used[SIZE_H])
        if (page := m.held_page[row])
        and m.held_flags[row] & FOLL_PIN
        and page_anon(m, page)
        and (m.held_owner[row], m.held_addr[row]) not in shadow.contents.dropped
        and _replaced(m, k, row)
    ]


def _replaced(m: State, k: Rules, row: int) -> bool:
    """Does the address show something else now?"""
    vma = find_vma(m, m.held_mm[row], m.held_addr[row])
    if vma == NO_VMA:
        return False
    pte = m.pte[vma_pte_slot(m, vma, m.held_addr[row])]
    if pte_none(pte):
        return False
    if pte_present(pte):
        return pfn_to_page(m, pte_pfn(pte)) != m.held_page[row]
    if is_pfn_swap_pte(k, pte):
        return pfn_to_page(m, pfn_swap_entry_pfn(k, pte)) != m.held_page[row]
    return True


LONGTERM_ERRNOS: Final = (EOPNOTSUPP, EBUSY, ENOMEM, EFAULT, EINTR)  # EINTR: a fatal signal


def pin_result(m: State, k: Rules, census: Entries, shadow: Shadow) -> list[Violation]:
    """A long-term pin that fails says so with one of four errnos (or took fewer pages).

    -EEXIST is right where there is no struct page to pin: mm/gup.c:follow_pfn_pte.  A flag that
    the fast form does not take is a mistake of the caller: -EINVAL and a warning.
    """
    op, task, addr, _, flags, *_ = shadow.made
    if op not in (OP_GUP, OP_GUP_FAST) or shadow.result >= 0 or flags & FOLL_GET:
        return []
    if flags & FOLL_LONGTERM == 0 or -shadow.result in LONGTERM_ERRNOS:
        return []
    if shadow.result == -EEXIST and _without_page(m, census, m.task_mm[task], addr):
        return []
    if op == OP_GUP_FAST and flags & ~FAST_FLAGS and shadow.result == -EINVAL:
        return []
    name = ERRNO_NAMES.get(-shadow.result, str(-shadow.result))
    return [_of_step("pin", "", f"a long-term pin fails with {name}")]


def _without_page(m: State, census: Entries, mm: int, addr: int) -> bool:
    return any(
        m.vma_mm[vma] == mm and at == addr and page == NO_PAGE
        for vma, at, _, page in census.special
    )


# --- contents ---
def content(m: State, k: Rules, census: Census, shadow: Shadow) -> list[Violation]:
    """Every entry, and every file, holds what was written to it and nothing else."""
    found, met = [], 0
    for entries in (census.present, census.special, census.swapped, census.moving):
        for vma, addr, pte, _ in entries:
            held = held_by_entry(m, k, pte)
            place = (m.vma_mm[vma], addr)
            if place in shadow.contents.private and m.vma_flags[vma] & VM_SHARED == 0:
                met += 1
            if held is not None and held != shadow.expected(m, vma, addr):
                if held or place not in shadow.contents.lazy:
                    found.append(_wrong_contents(m, k, shadow, place, pte, held))
    if met < len(shadow.contents.private):
        found += _lost(m, census, shadow)
    for place, tag in shadow.contents.files.items():
        held = held_by_file(m, place)
        if held is not None and held != tag:
            found.append(Violation("content", "file", "a file lost what was written to it"))
    return found


def _wrong_contents(
    m: State, k: Rules, shadow: Shadow, place: tuple[int, int], pte: int, held: int
) -> Violation:
    others = (tag for where, tag in shadow.contents.private.items() if where[0] != place[0])
    text = "an entry does not hold what was written there"
    if held and held in others:
        text = "a process sees what another one wrote"
    page = pfn_to_page(m, pte_pfn(pte)) if pte_present(pte) else NO_PAGE
    if page == NO_PAGE and is_pfn_swap_pte(k, pte):
        page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
    return Violation("content", page_kind(m, page) if page else "anon", text)


def _lost(m: State, census: Census, shadow: Shadow) -> list[Violation]:
    """Private memory whose entry is gone although nobody took it away."""
    there = {
        (m.vma_mm[vma], addr)
        for entries in (census.present, census.special, census.swapped, census.moving)
        for vma, addr, _, _ in entries
    }
    return [
        Violation("content", "anon", "what was written to private memory is lost")
        for place, tag in shadow.contents.private.items()
        if tag and place not in there and place not in shadow.contents.lazy
    ]


# --- reports ---
def report(m: State, k: Rules, census: Entries, shadow: Shadow) -> list[Violation]:
    """A file under /proc that was just read equals its own formula over the entries."""
    return [
        _of_step("report", "", text, site)
        for text, site in report_mismatches(m, census, shadow.made, shadow.result)
    ]


StateRule = Callable[[State, Rules, Census], list[Violation]]
ShadowRule = Callable[[State, Rules, Census, Shadow], list[Violation]]
STATE_RULES: Final[tuple[StateRule, ...]] = (
    lru_device,
    ksm_device_migrated,
    refcount,
    mapcount,
    rss,
    freed,
    pin,
    rmap,
    isolated,
)
SHADOW_RULES: Final[tuple[ShadowRule, ...]] = (content, pin_mapped, pin_result, report)


# --- the state with every batch emptied, on a copy ---
def check_drained(machine: Machine, census: Census | None = None) -> list[Violation]:
    """Promises that hold once the per-CPU batches are empty: mlock, device-return."""
    m, k, block = machine.block.m, machine.k, machine.block
    if m.migrate[MIGRATE_PHASE]:
        return []
    census = census or Census(m, k)
    if not census.batched:
        return mlock(m, k, census) + device_return(m, k, census)
    whole = bytes(block.data)
    lru_add_drain_all(m, k)
    found = mlock(m, k, census) + device_return(m, k, census)
    block.view[:] = whole
    return found


def mlock(m: State, k: Rules, census: Census) -> list[Violation]:
    """Every page marked mlocked is mapped by a locked VMA, and NR_MLOCK counts such pages."""
    flags = values(m.page_flags)
    marked = [page for page, bits in enumerate(flags) if bits & PG_MLOCKED]
    found = [
        Violation("mlock", page_kind(m, page), "a page is marked mlocked but no locked VMA maps it")
        for page in marked
        if census.locked[page] == 0
    ]
    if m.vmstat[NR_MLOCK] != len(marked):
        text = f"nr_mlock is {m.vmstat[NR_MLOCK]}, pages marked mlocked {len(marked)}"
        found.append(Violation("mlock", "", text))
    return found


def device_return(m: State, k: Rules, census: Census) -> list[Violation]:
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
            found.append(Violation("device-return", page_kind(m, page), text))
        elif references == census.mapped[page] and not can_be_unmapped(m, k, page):
            text = "a device page that is only mapped cannot be migrated out"
            found.append(Violation("device-return", page_kind(m, page), text))
    return found


def can_be_unmapped(m: State, k: Rules, page: int) -> bool:
    """Would try_to_migrate act on the page?  The mark of a diverging rival is not left behind."""
    before = m.scratch[DIVERGED]
    answer = predicate(m, k, PREDICATE_TRY_TO_MIGRATE, page)
    m.scratch[DIVERGED] = before
    return bool(answer)
