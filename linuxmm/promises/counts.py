# SPDX-License-Identifier: GPL-2.0-or-later
"""Promises about counts: references, mappings, rss, swap slots, mlocked pages."""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.mm.compound import (
    COMPOUND_MAPCOUNT,
    COMPOUND_PINCOUNT,
    HPAGE_PMD_NR,
    PART_MAPPINGS,
    compound_nr,
    of_whole,
)
from linuxmm.mm.memory.rss import rss_of
from linuxmm.mm.page import page_anon
from linuxmm.promises.census import Census, values
from linuxmm.promises.kinds import event_page_kind, page_kind
from linuxmm.promises.near import mapped_twice
from linuxmm.promises.record import COHERENT, Fault, Promise, WrongRule
from linuxmm.state.constants import (
    EVENT_BAD_RSS,
    EVENT_BUG,
    MAX_MEMCGS,
    NR_MM_COUNTERS,
    PG_ALLOCATED,
    PG_HUGETLB,
    PG_MLOCKED,
    PG_SWAPCACHE,
    SET_GATE_PAGE,
    SET_MEMCG,
    SET_ZERO_PAGE,
)
from linuxmm.state.layout import (
    NR_ANON_THPS,
    NR_MLOCK,
    NR_SHMEM_PMDMAPPED,
    NR_SHMEM_THPS,
    SIZE_C,
    SIZE_M,
    SIZE_R,
    SIZE_S,
    State,
)
from linuxmm.state.rules import Rules

FORK_MISSES_DEVICES: Final = """\
[lookup.lru]
of   = "normal"
then = ["zone_device -> none", "otherwise -> page"]

[site."mm/memory.c:copy_present_pte"]
lookup = "lru\""""
FORKED: Final = (*COHERENT, "P0: P1 = fork")


def _below_zero(m: State, event: int) -> Fault:
    text = "a count went below zero or a page was freed in use"
    return Fault(event_page_kind(m, event), text)


def _references(m: State, k: Rules, census: Census) -> list[Fault]:
    """The references of each page are all explained, and no more; of a huge page the pins too."""
    found = [
        Fault(page_kind(m, head), f"{of_whole(m, head, COMPOUND_PINCOUNT)} pins, not {nr}")
        for head in census.heads
        if of_whole(m, head, COMPOUND_PINCOUNT) != (nr := census.pinned.get(head, 0))
    ]
    zero = m.setting[SET_ZERO_PAGE]
    counts, explained = values(m.page_refcount), _explained(m, census)
    if counts == explained:
        return found
    for page, (shown, counted) in enumerate(zip(counts, explained, strict=True)):
        extra = shown - counted
        if page and extra and page != zero and page not in census.in_migration:
            word = "leaked" if extra > 0 else "missing"
            text = f"{abs(extra)} reference{'s' if abs(extra) > 1 else ''} {word}"
            found.append(Fault(page_kind(m, page), text))
    return found


def _explained(m: State, census: Census) -> list[int]:
    """What each refcount should be: everybody's references and those of the owner."""
    explained, flags = list(census.references), census.flags
    if m.setting[SET_GATE_PAGE]:
        explained[m.setting[SET_GATE_PAGE]] += 1  # the kernel's text is never freed
    for r in range(1, m.used[SIZE_R]):
        free, used = census.base_references(r)
        if free or used:
            for page in range(m.range_row[r], m.range_row[r] + m.range_rows[r]):
                explained[page] += used if flags[page] & PG_ALLOCATED else free
    return explained


def _near_refcount(m: State, census: Census) -> bool:
    """Somebody holds a mapped page who does not map it."""
    return any(
        census.references[page] > census.mapped[page] > 0 for _, _, _, page in census.present
    )


REFCOUNT: Final = Promise(
    "refcount",
    says="the references of each page are those of counting entries, page and swap cache, "
    "PG_private, pins, gets, batches, isolation and its owner (the zero page is exempt)",
    broken="references of {pages} are lost or leaked",
    logged={EVENT_BUG: _below_zero},
    state=_references,
    danger=_near_refcount,
    wrong=WrongRule(
        "v6.1",
        '[site."mm/migrate.c:do_pages_stat_array"]\n'
        'tests = [{ refuse = "zone_device", gives = "-ENOENT", put = false }]',
        (*COHERENT, "P0: h = get a", "P0: move_pages a"),
    ),
)


def _mappings(m: State, k: Rules, census: Census) -> list[Fault]:
    """The mapcount of each page is the number of its counting entries."""
    shown = values(m.page_mapcount)
    found = _compound_mappings(m, census, shown)
    if shown == census.mapped:
        return found
    return found + [
        Fault(page_kind(m, page), f"mapcount {count}, entries {entries}")
        for page, (count, entries) in enumerate(zip(shown, census.mapped, strict=True))
        if count != entries
    ]


def _compound_mappings(m: State, census: Census, shown: list[int]) -> list[Fault]:
    """What is kept of the whole of each huge page; `shown` becomes page_mapcount of its parts."""
    found = []
    thp = [head for head in census.heads if not m.page_flags[head] & PG_HUGETLB]
    anon = [head for head in thp if page_anon(m, head)]
    cached = [head for head in thp if m.page_mapping[head] and head not in anon]
    for head in census.heads:
        parts = range(head, head + HPAGE_PMD_NR)
        whole, leaves = of_whole(m, head, COMPOUND_MAPCOUNT), census.leaves.get(head, 0)
        if whole != leaves:
            found.append(Fault(page_kind(m, head), f"compound mapcount {whole}, leaves {leaves}"))
        if of_whole(m, head, PART_MAPPINGS) != sum(shown[page] for page in parts):
            found.append(Fault(page_kind(m, head), "its parts are mapped otherwise than it says"))
        for page in parts:
            shown[page] += whole
    in_leaves = {head for head in census.heads if census.leaves.get(head, 0)}
    counted = (
        (NR_ANON_THPS, "anonymous", len(in_leaves.intersection(anon))),
        (NR_SHMEM_PMDMAPPED, "shmem", len(in_leaves.intersection(cached))),
    )
    for which, kind, nr in counted:
        if m.vmstat[which] != nr:
            text = f"{m.vmstat[which]} {kind} huge pages are counted, leaves map {nr}"
            found.append(Fault("thp", text))
    if m.vmstat[NR_SHMEM_THPS] != len(cached):
        text = f"{m.vmstat[NR_SHMEM_THPS]} huge pages of shmem are counted, there are {len(cached)}"
        found.append(Fault("thp", text))
    return found


MAPCOUNT: Final = Promise(
    "mapcount",
    says="the mapcount of each page is the number of its counting entries; of a huge page also the "
    "number of leaves, and AnonHugePages, ShmemPmdMapped and ShmemHugePages count those "
    "that have one, or are there",
    broken="the mapcount of {pages} no longer counts the entries",
    state=_mappings,
    danger=mapped_twice,
    wrong=WrongRule("v6.1", FORK_MISSES_DEVICES, FORKED, also=("refcount", "rss")),
)


def _left_after_exit(m: State, event: int) -> Fault:
    return Fault("", "an rss counter is not zero after exit")


def _rss(m: State, k: Rules, census: Census) -> list[Fault]:
    """Each rss counter is the number of entries of its type."""
    found = []
    for mm in range(1, m.used[SIZE_M]):
        if m.mm_users[mm]:
            for which in range(NR_MM_COUNTERS):
                shown, counted = rss_of(m, mm, which), census.rss[mm * NR_MM_COUNTERS + which]
                if shown != counted:
                    name = ("file", "anon", "swap", "shmem")[which]
                    text = f"rss of {name} pages is {shown}, entries {counted}"
                    found.append(Fault(name, text))
    return found


def _near_rss(m: State, census: Census) -> bool:
    """A task still holds a part of its mm's counters, or an entry counts without being present."""
    deltas = any(m.task_rss[i] for i in range(m.used[SIZE_C] * NR_MM_COUNTERS))
    away = any(not pte_present(pte) for _, _, pte, _ in census.present)
    return deltas or away or bool(census.moving or census.swapped)


RSS: Final = Promise(
    "rss",
    says="each counter, deltas of tasks included, is the number of counting and migration entries "
    "of its type, of swap entries that of swap; zero after exit",
    broken="an rss counter no longer counts the entries of {pages}",
    logged={EVENT_BAD_RSS: _left_after_exit},
    state=_rss,
    danger=_near_rss,
    wrong=WrongRule("v6.1", FORK_MISSES_DEVICES, FORKED, also=("refcount", "mapcount")),
)


def _slots(m: State, k: Rules, census: Census) -> list[Fault]:
    """The count of each slot is that of the entries that name it; its cached page names it too."""
    found = []
    for slot in range(1, m.used[SIZE_S]):
        named = census.swap_entries.get(slot, 0) + census.swapped_out.get(slot, 0)
        if m.swap_count[slot] != named:
            text = f"swap_count is {m.swap_count[slot]}, entries {named}"
            found.append(Fault("shmem" if slot in census.swapped_out else "anon", text))
        page = m.swap_page[slot]
        if page and (not m.page_flags[page] & PG_SWAPCACHE or m.page_private[page] != slot):
            found.append(Fault(page_kind(m, page), "a page of the swap cache names another slot"))
    return found


def _near_swap_count(m: State, census: Census) -> bool:
    """An entry of a page table, or a file in memory, names a slot of the swap device."""
    return bool(census.swap_entries or census.swapped_out)


SWAP_COUNT: Final = Promise(
    "swap-count",
    says="the count of each swap slot is the number of entries that name it, those of page tables "
    "and those of files in memory; the page of the swap cache names its slot",
    broken="a slot of the swap device no longer counts the entries of {pages}",
    state=_slots,
    danger=_near_swap_count,
    no_rule="no site looks at a swap entry: it is seen where C of a tree is executed",
)


def _charges(m: State, k: Rules, census: Census) -> list[Fault]:
    """Each control group counts the pages that name it."""
    if m.setting[SET_MEMCG] == 0:
        return []
    charged = values(m.page_memcg)
    return [
        Fault("", f"{m.memcg_memory[memcg]} pages are counted, {charged.count(memcg)} charged")
        for memcg in range(1, MAX_MEMCGS)
        if m.memcg_memory[memcg] != charged.count(memcg)
    ]


def _near_memcg(m: State, census: Census) -> bool:
    """Pages of more than one group, as when a process has moved."""
    return m.setting[SET_MEMCG] != 0 and len(set(values(m.page_memcg)) - {0}) > 1


MEMCG: Final = Promise(
    "memcg",
    says="the counter of each control group is the number of pages that are charged to it: a page "
    "that is freed, or moves to another group, is uncharged once",
    broken="a control group no longer counts {pages} that are charged to it",
    state=_charges,
    danger=_near_memcg,
    no_rule="a record says which pages are met, not how often they are counted: it is seen where "
    "C of a tree is executed",
)


def _mlocked(m: State, k: Rules, census: Census) -> list[Fault]:
    """Every page marked mlocked is mapped by a locked VMA, and NR_MLOCK counts such pages."""
    flags = values(m.page_flags)
    marked = [page for page, bits in enumerate(flags) if bits & PG_MLOCKED]
    found = [
        Fault(page_kind(m, page), "a page is marked mlocked but no locked VMA maps it")
        for page in marked
        if census.locked[page] == 0
    ]
    nr = sum(compound_nr(m, page) for page in marked)
    if m.vmstat[NR_MLOCK] != nr:
        text = f"nr_mlock is {m.vmstat[NR_MLOCK]}, pages marked mlocked {nr}"
        found.append(Fault("", text))
    return found


def _near_mlock(m: State, census: Census) -> bool:
    """A page is marked mlocked."""
    return any(flags & PG_MLOCKED for flags in values(m.page_flags))


MLOCK: Final = Promise(
    "mlock",
    says="each page with PG_mlocked is mapped by a VM_LOCKED VMA; nr_mlock counts such pages",
    broken="{pages} stay marked mlocked although no locked VMA maps them",
    drained=_mlocked,
    counters=(NR_MLOCK,),
    danger=_near_mlock,
    wrong=WrongRule(
        "v5.17-coherent",
        '[site."mm/mlock.c:munlock_vma_pages_range"]\n'
        'tests = [{ refuse = "zone_device", gives = "skip", put = true }]',
        (*COHERENT, "P0: mlock a", "P0: munlock a"),
    ),
)
