# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks of promises: wrong columns and more wrong rules break them, what is right does not;
none fires on v6.1 but where a real 6.1 is wrong."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.arch.x86.pgtable import PAGE_RW, PAGE_UFFD_WP
from linuxmm.errors import NotModelled
from linuxmm.explore.actions import MODIFIERS, TRIGGERS
from linuxmm.explore.catalogue import START, Setup, applies, facts_after
from linuxmm.explore.paths import parsed
from linuxmm.explore.setups import KINDS
from linuxmm.kernels import Kernel, load
from linuxmm.kernels.compile import compile_rules
from linuxmm.machine import Machine
from linuxmm.mm.compound import DEFERRED_SPLIT, HUGETLB_NEXT
from linuxmm.mm.page import page_anon
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.play.run import run_kernels
from linuxmm.play.steps_on_model import OnModel, start
from linuxmm.promises.census import values
from linuxmm.promises.checks import check, check_answer
from linuxmm.promises.kinds import kinds_mapped
from linuxmm.promises.record import Violation
from linuxmm.promises.shadow import watch
from linuxmm.scenario.parse import load as load_scenario
from linuxmm.state.constants import (
    LIST_ISOLATED,
    PG_ALLOCATED,
    PG_HEAD,
    PG_HUGETLB,
    PG_LOCKED,
    PG_LRU,
    PG_MLOCKED,
    PVEC_LRU_ADD,
    PVEC_SIZE,
    RANGE_COHERENT,
    RANGE_RAM,
    SET_HUGETLB_FREE,
    SET_HUGETLB_RESV,
)
from linuxmm.state.layout import NR_MLOCK, SIZE_P, SIZE_Q, SIZE_R
from tests.promises.walks import DEVICES, V61, walk
from tests.some_kernels import (
    behaving,
    with_tests,
)

BUGS = Path(__file__).parent.parent.parent / "scenarios" / "kernel-bugs"
COHERENT = "P0: a = mmap 1p; P0: write a 0x11; coherent0: migrate P0.a"
SPLIT = load("split-v1")
KSM = "P0: a = mmap 2p; P0: write a 0x11; P0: madvise a MADV_MERGEABLE; ksmd: full_scan 3"


# --- wrong rules beside those of the records (test_promises.py) ---
@pytest.mark.parametrize(
    ("site", "read"),
    [
        ("fs/proc/task_mmu.c:smaps_pte_entry", "smaps a"),
        ("fs/proc/task_mmu.c:smaps_pte_entry", "smaps_rollup"),
        ("fs/proc/task_mmu.c:pte_to_pagemap_entry", "pagemap a"),
    ],
)
def test_a_report_that_loses_device_pages(site: str, read: str) -> None:
    wrong = with_tests(V61, site, first="zone_device")
    broken = walk(f"{COHERENT}; P0: {read}", wrong).broken
    assert {(v.invariant, v.site) for v in broken} == {("report", site)}


@pytest.mark.parametrize(
    "steps",
    [
        "P0: a = mmap 1p; P0: write a 0x11",
        "P0: a = mmap 1p; P0: read a",
        "P0: a = mmap 1p; P0: write a 0x11; P0: madvise a MADV_PAGEOUT",
        "P0: a = mmap 1p; P0: write a 0x11; coherent0: setup P0.a",
        "P0: a = mmap 1p; P0: write a 0x11; private0: migrate P0.a",
        "P0: a = mmap 1p",
    ],
)
def test_pagemap_says_the_frame_of_the_entry(steps: str) -> None:
    """Bits 0 to 54; behind the type of what is in swap or no page of the CPU's the place or frame
    alone: not the young and dirty bits beside the frame of a migration entry."""
    made = walk(f"{steps}; P0: pagemap a", machine=(*DEVICES, "swap 64M zram"))
    assert made.ids == set()
    made.machine.block.m.out[0] ^= 1 << 45  # the young bit of a migration entry, as it would be
    (broken,) = check_answer(made.machine)
    assert (broken.invariant, broken.site) == ("report", "fs/proc/task_mmu.c:pte_to_pagemap_entry")
    assert "pagemap shows frame 0x2" in broken.text


@pytest.mark.parametrize("kind", ["not_anon", "ksm", "reserved"])
def test_a_report_that_loses_other_pages(kind: str) -> None:
    """numa_maps without file pages, merged pages; without reserved pages it is right."""
    wrong = with_tests(V61, "fs/proc/task_mmu.c:can_gather_numa_stats", first=kind)
    steps = f"{KSM}; P0: f = file 1p; P0: b = mmap f rw shared; P0: read b"
    ids = walk(f"{steps}; P0: numa_maps a; P0: numa_maps b", wrong).ids
    assert ids == (set() if kind == "reserved" else {"report"})


def test_numa_maps_may_count_reserved_pages_or_not() -> None:
    """Device pages are reserved: counting them is another policy, not a broken promise."""
    kernel = with_tests(V61, "fs/proc/task_mmu.c:can_gather_numa_stats", without="reserved")
    counting = with_tests(kernel, "fs/proc/task_mmu.c:can_gather_numa_stats", without="zone_device")
    assert walk(f"{COHERENT}; P0: numa_maps a", counting).ids == set()


def test_a_long_term_pin_left_on_coherent_memory() -> None:
    wrong = behaving(V61, "longterm_migrates_coherent", "no")
    steps = f"{COHERENT}; P0: h = pin a FOLL_LONGTERM FOLL_WRITE"
    assert walk(steps).ids == set()
    assert walk(steps, wrong).ids == {"pin"}


def test_a_long_term_pin_may_fail_only_in_four_ways() -> None:
    """-EEXIST is right for a page-table entry without a page, and for nothing else."""
    steps = "P0: a = mmap 1p rw shared mixedmap pfns; P0: read a; P0: h = pin a FOLL_LONGTERM"
    made = walk(steps)
    assert made.machine.observer.result == -17  # type: ignore[union-attr]
    assert made.ids == set()

    right = behaving(SPLIT, "gup_skips_eexist", "no")
    wrong = right.with_site(replace(right.site("mm/gup.c:follow_page_pte"), lookup=((0, "lru"),)))
    steps = f"{COHERENT}; P0: h = pin a FOLL_LONGTERM"
    assert walk(steps, right).ids == set()
    assert walk(steps, wrong).ids == {"pin"}
    assert walk(steps.replace("FOLL_LONGTERM", ""), wrong).ids == set()


def test_a_flag_that_the_fast_form_does_not_take_is_no_failed_pin() -> None:
    made = walk("P0: a = mmap 1p; P0: write a 1; P0: h = pin_fast a FOLL_LONGTERM FOLL_TOUCH")
    assert made.machine.observer.result == -22  # type: ignore[union-attr]
    assert made.ids == set()


def test_discarding_a_pinned_page_is_allowed() -> None:
    steps = "P0: a = mmap 1p; P0: h = pin a FOLL_WRITE; P0: madvise a MADV_DONTNEED; P0: write a 1"
    assert walk(steps).ids == set()


# --- wrong columns: what no rule of a record can break alone ---
def _page(machine: Machine, kind: int) -> int:
    """The first page of this memory that is mapped."""
    m = machine.block.m
    return next(
        page
        for page in range(1, m.used[SIZE_P])
        if m.range_type[m.page_range[page]] == kind and m.page_mapcount[page]
    )


def on_a_list(machine: Machine) -> None:
    page = _page(machine, RANGE_COHERENT)
    machine.block.m.page_flags[page] |= PG_LRU


def stable_node_is_device(machine: Machine) -> None:
    m = machine.block.m
    node = next(node for node in range(1, m.used[SIZE_Q]) if m.stable_page[node])
    m.stable_page[node] = next(
        page
        for page in range(1, m.used[SIZE_P])
        if m.range_type[m.page_range[page]] == RANGE_COHERENT
    )


def one_mapping_too_many(machine: Machine) -> None:
    machine.block.m.page_mapcount[_page(machine, RANGE_RAM)] += 1


def one_page_too_few(machine: Machine) -> None:
    m = machine.block.m
    m.mm_rss[m.task_mm[1] * 4 + 1] -= 1


def other_contents(machine: Machine) -> None:
    machine.block.m.page_tag[_page(machine, RANGE_COHERENT)] = 0x99


def freed_page(machine: Machine) -> None:
    m = machine.block.m
    page = _page(machine, RANGE_RAM)
    m.page_flags[page] &= ~PG_ALLOCATED


def other_place(machine: Machine) -> None:
    machine.block.m.page_index[_page(machine, RANGE_RAM)] += 1


def still_isolated(machine: Machine) -> None:
    m = machine.block.m
    page = _page(machine, RANGE_RAM)
    m.page_list[page] = LIST_ISOLATED
    m.page_refcount[page] += 1


def still_locked(machine: Machine) -> None:
    machine.block.m.page_flags[_page(machine, RANGE_RAM)] |= PG_LOCKED


def one_reference_less(machine: Machine) -> None:
    machine.block.m.page_refcount[_page(machine, RANGE_RAM)] -= 1


def marked_mlocked(machine: Machine) -> None:
    m = machine.block.m
    m.page_flags[_page(machine, RANGE_RAM)] |= PG_MLOCKED
    m.vmstat[NR_MLOCK] += 1


def miscounted_mlocked(machine: Machine) -> None:
    machine.block.m.vmstat[NR_MLOCK] += 1


def kept_by_nobody(machine: Machine) -> None:
    m = machine.block.m
    page = next(
        page
        for page in range(1, m.used[SIZE_P])
        if m.range_type[m.page_range[page]] == RANGE_COHERENT
    )
    m.page_flags[page] |= PG_ALLOCATED


def mark_is_gone(machine: Machine) -> None:
    column = machine.block.m.pte
    slot = next(i for i, word in enumerate(values(column)) if word & PAGE_UFFD_WP)
    column[slot] &= ~PAGE_UFFD_WP


def marked_and_writable(machine: Machine) -> None:
    column = machine.block.m.pte
    slot = next(i for i, word in enumerate(values(column)) if word & PAGE_UFFD_WP)
    column[slot] |= PAGE_RW


ANON = "P0: a = mmap 2p; P0: write a 0x11; P0: P1 = fork"
MARKED = (
    f"{ANON}; P0: userfaultfd a UFFDIO_REGISTER_MODE_WP; "
    "P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP"
)


def one_entry_more(machine: Machine) -> None:
    machine.block.m.swap_count[1] += 1


def one_page_more(machine: Machine) -> None:
    machine.block.m.memcg_memory[2] += 1


def another_slot(machine: Machine) -> None:
    m = machine.block.m
    m.page_private[next(page for page in values(m.swap_page) if page)] = 3


def waits_twice(machine: Machine) -> None:
    m = machine.block.m
    assert m.pvec_nr[PVEC_LRU_ADD] == 2  # of CPU 0
    m.pvec_page[PVEC_LRU_ADD * PVEC_SIZE] = m.pvec_page[PVEC_LRU_ADD * PVEC_SIZE + 1]


def waits_and_is_there(machine: Machine) -> None:
    m = machine.block.m
    m.page_flags[m.pvec_page[PVEC_LRU_ADD * PVEC_SIZE]] |= PG_LRU


def forgotten_split(machine: Machine) -> None:
    m = machine.block.m
    (head,) = (page for page, flags in enumerate(values(m.page_flags)) if flags & PG_HEAD)
    m.page_private[head + DEFERRED_SPLIT] = 0


def one_promise_more(machine: Machine) -> None:
    machine.block.m.setting[SET_HUGETLB_RESV] += 1


def one_free_page_less(machine: Machine) -> None:
    """The first of the list is lost, and the count says so."""
    m = machine.block.m
    r = next(r for r in range(1, m.used[SIZE_R]) if m.range_free_huge[r])
    head = m.range_row[r] + m.range_free_huge[r] - m.range_start_pfn[r]
    m.range_free_huge[r] = m.page_private[head + HUGETLB_NEXT]
    m.setting[SET_HUGETLB_FREE] -= 1


def in_use_and_free(machine: Machine) -> None:
    """A page that is mapped is put on the list, in the place of the first there."""
    m = machine.block.m
    heads = [page for page, flags in enumerate(values(m.page_flags)) if flags & PG_HUGETLB]
    used = next(page for page in heads if m.page_refcount[page])
    r = m.page_range[used]
    m.range_free_huge[r] = m.range_start_pfn[r] + used - m.range_row[r]


IN_PART = "P0: a = mmap 512p; P0: write a 1; P0: munmap a[3]"
OUT = "P0: a = mmap 2p; P0: write a 0x11; drain; P0: madvise a MADV_PAGEOUT"
FILE_OUT = "P0: a = mmap 1p shared; P0: write a 1; drain; P0: madvise a MADV_PAGEOUT"
POOL = "P0: a = mmap 1024p hugetlb; P0: write a[0] 0x11"
WRONG_COLUMNS = [
    ("pool", one_promise_more, POOL),
    ("pool", one_free_page_less, POOL),
    ("pool", in_use_and_free, POOL),
    ("memcg", one_page_more, f"{ANON}; P0: cgroup_procs g1; P0: write a 1"),
    ("swap-count", one_entry_more, OUT),
    ("swap-count", one_entry_more, FILE_OUT),
    ("swap-count", another_slot, f"{OUT}; P0: P1 = fork; P0: read a"),
    ("lru-device", on_a_list, f"{COHERENT}; P0: madvise a MADV_COLD"),
    ("ksm-device-migrated", stable_node_is_device, KSM),
    ("mapcount", one_mapping_too_many, ANON),
    ("rss", one_page_too_few, "P0: a = mmap 2p; P0: write a 0x11; private0: migrate P0.a[0]"),
    ("content", other_contents, COHERENT),
    ("content", freed_page, ANON),
    ("rmap", other_place, ANON),
    ("isolated", still_isolated, f"{ANON}; P0: move_pages a node1 MPOL_MF_MOVE_ALL"),
    ("lru-add", waits_twice, ANON),
    ("lru-add", waits_and_is_there, ANON),
    ("isolated", still_locked, f"{ANON}; P0: madvise a MADV_PAGEOUT"),
    ("refcount", one_reference_less, f"{ANON}; P0: h = get a"),
    ("mlock", marked_mlocked, f"{ANON}; P0: b = mmap 1p; P0: write b 1; P0: mlock b"),
    ("mlock", miscounted_mlocked, f"{ANON}; P0: mlock a"),
    ("deferred-split", forgotten_split, IN_PART),
    ("uffd-wp", mark_is_gone, MARKED),
    ("uffd-wp", marked_and_writable, MARKED),
    ("device-return", kept_by_nobody, f"{COHERENT}; P0: munmap a; drain"),
]


@pytest.mark.parametrize(
    ("name", "corrupt", "steps"),
    WRONG_COLUMNS,
    ids=[f"{n}-{c.__name__}" for n, c, _ in WRONG_COLUMNS],
)
def test_a_wrong_column_breaks_its_promise(
    name: str, corrupt: Callable[[Machine], None], steps: str
) -> None:
    own = {"memcg": ("memcg v1",), "pool": ("sysctl vm.nr_hugepages = 3",)}
    more = own.get(name, ("swap 64M zram", "thp always"))
    made = walk(steps, machine=(*DEVICES, *more))
    assert made.broken == []
    assert name in made.dangers
    corrupt(made.machine)
    assert name in {violation.invariant for violation in check(made.machine)}


# --- what a finding is about ---
@pytest.mark.parametrize(
    ("flag", "kinds"), [("", {"thp"}), (" hugetlb", {"hugetlb"}), (" shared hugetlb", {"hugetlb"})]
)
def test_huge_pages_are_told_apart(flag: str, kinds: set[str]) -> None:
    made = walk(
        f"P0: a = mmap 512p{flag}; P0: write a[0] 1",
        machine=("thp always", "sysctl vm.nr_hugepages = 1"),
    )
    assert kinds_mapped(made.machine.block.m, made.machine.k) == kinds


# --- checking changes nothing ---
def test_a_check_leaves_the_machine_as_it_was() -> None:
    made = walk(f"{COHERENT}; P0: b = mmap 2p; P0: mlock b; P0: write b 0x22; P0: smaps a")
    before = bytes(made.machine.block.data)
    check(made.machine)
    assert bytes(made.machine.block.data) == before


def test_batches_are_emptied_on_a_copy_only() -> None:
    """A page whose mlock is still in a batch is not a broken promise."""
    made = walk("P0: a = mmap 1p; P0: write a 1; P0: mlock a; P0: write a 2; P0: munlock a")
    assert made.broken == []


# --- contents ---
def test_contents_are_followed_through_everything() -> None:
    made = walk(
        "P0: a = mmap 2p; P0: write a 0x11; P0: P1 = fork; P1: write a[0] 0x22;"
        "coherent0: migrate P0.a; P0: madvise a MADV_PAGEOUT; private0: migrate P1.a;"
        "P0: write a[1] 0x33; P1: read a; P0: read a; P1: exit; P0: munmap a[0]",
        machine=("coherent0 256M", "private0 256M", "swap 16M zram"),
    )
    assert made.broken == []
    assert "content" in made.dangers


def test_a_private_copy_keeps_what_the_file_held() -> None:
    made = walk(
        "P0: f = file 1p; P0: s = mmap f rw shared; P0: write s 0x11; P0: a = mmap f rw private;"
        "P0: madvise a MADV_POPULATE_WRITE; P0: write s 0x22; P0: read a"
    )
    assert made.broken == []


def test_lazily_freed_memory_may_read_as_zero() -> None:
    made = walk(
        "P0: a = mmap 1p; P0: write a 0x11; drain; P0: madvise a MADV_FREE; drain;"
        "P0: madvise a MADV_PAGEOUT; P0: read a"
    )
    assert made.broken == []


def test_what_one_process_wrote_is_not_seen_by_another() -> None:
    made = walk("P0: a = mmap 1p; P0: write a 0x11; P0: P1 = fork; P1: write a 0x22; P0: read a")
    m = made.machine.block.m
    tags = {m.page_tag[page]: page for page in range(1, m.used[SIZE_P]) if page_anon(m, page)}
    m.page_tag[tags[0x11]] = 0x22
    assert check(made.machine) == [
        Violation("content", "anon", "a process sees what another one wrote")
    ]


def test_lost_contents_are_noticed() -> None:
    """Private memory whose page-table entry is gone: the page reads as zero now."""
    made = walk("P0: a = mmap 1p; P0: write a 0x11")
    m = made.machine.block.m
    vma = next(v for v in range(1, 9) if m.vma_mm[v])
    addr = m.vma_start[vma]
    m.pte[pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)] = 0
    texts = {v.text for v in check(made.machine) if v.invariant == "content"}
    assert texts == {"what was written to private memory is lost"}


# --- a real 6.1 ---
# What a real 6.1 does wrong too.  mm/rmap.c (page_add_anon_rmap at its end) mlocks whatever page
# is mapped into a VM_LOCKED VMA, device pages as well; mm/mlock.c:mlock_pte_range passes them by
# when the VMA is unlocked, and mm/memremap.c:free_zone_device_page clears no PG_mlocked.
# mm/ksm.c:try_to_merge_one_page makes a KSM page of one that an ancestor maps too, and
# rmap_walk_ksm looks for it below the anon_vma of the VMA that was scanned: the ancestor's
# mapping is not found.
REAL_BUGS = {("mlock", "coherent"), ("mlock", "private"), ("rmap", "ksm"), ("uffd-wp", "ksm")} | {
    (promise, kind)  # a merged page moves to a device: seen with coherent memory
    for promise in ("ksm-device-migrated", "rmap", "isolated")
    for kind in ("coherent", "private")
}


def _walk_catalogue(setup: Setup, kernel: Kernel) -> tuple[list[tuple[str, Violation]], int]:
    """Every (modifier) x trigger after a set-up: the path and what broke on it; how many paths."""
    lines = parsed(setup)
    model = start(lines.machine, kernel, rules=compile_rules(kernel, None))
    watch(model.machine)
    found: list[tuple[str, Violation]] = []
    paths: list[tuple[str, ...]] = []

    def made(names: tuple[str, ...], steps: tuple[str, ...]) -> bool:
        try:
            for step in steps:
                model.step(lines.steps[step])
        except NotModelled:
            return False
        broken = check(model.machine)
        paths.append(names)
        found.extend((" ".join(names), violation) for violation in broken)
        return not broken

    if not made((setup.name,), setup.lines):
        return found, len(paths)
    begin = model.snapshot()
    for first in TRIGGERS:
        if applies(first, START, setup):
            model.restore(begin)
            if made((setup.name, first.name), first.lines) and first in MODIFIERS:
                _then(model, setup, first.name, facts_after(first, START), made)
    return found, len(paths)


def _then(
    model: OnModel,
    setup: Setup,
    name: str,
    facts: frozenset[str],
    made: Callable[[tuple[str, ...], tuple[str, ...]], bool],
) -> None:
    here = model.snapshot()
    for second in TRIGGERS:
        if applies(second, facts, setup):
            model.restore(here)
            made((setup.name, name, second.name), second.lines)


@pytest.mark.parametrize("setup", KINDS, ids=lambda setup: setup.name)
def test_nothing_breaks_on_v61_within_two_actions(setup: Setup) -> None:
    found, paths = _walk_catalogue(setup, V61)
    assert paths > 30
    assert [(p, v) for p, v in found if (v.invariant, v.page_kind) not in REAL_BUGS] == []


MOVED = ("ksm-device-migrated", "coherent")  # what else a merged device page leads to comes after
OF_HUGE_PAGES = {("report", ""), ("deferred-split", "pthp")}  # no search has any
LATER_BUGS: dict[str, set[tuple[str, str]]] = {  # of 6.12, which 6.1 has not
    "promised-page-given-away": {("pool", "hugetlb")},
    "fewer-than-none-promised": {("pool", "hugetlb")},
}
KERNEL_BUGS: dict[str, set[tuple[str, str]]] = {
    "mlocked-in-device-memory": {("mlock", "coherent")},
    "mlocked-in-private-memory": {("mlock", "private")},
    "collapse-warns-of-device-page": set(),  # a warning, which no promise speaks of
    "moved-in-part": {("deferred-split", "pthp")},
    "no-access-no-rss": {("report", "")},
    "merged-after-the-parent-left": {("rmap", "ksm")},
    "merged-by-the-child": {("rmap", "ksm")},
    "merged-page-in-device-memory": {MOVED},
    "protection-lost-by-merging": {("uffd-wp", "ksm")},
    "merged-pages-in-device-memory": {MOVED},
    "merged-page-left-to-the-child": {("rmap", "ksm")},
    "merged-page-cannot-come-home": {MOVED, ("rmap", "coherent"), ("isolated", "coherent")},
}


@pytest.mark.parametrize("name", KERNEL_BUGS)
def test_what_a_real_61_does_wrong(name: str) -> None:
    """Each known bug of 6.1 is a scenario that breaks its promises and no other."""
    (run,) = run_kernels(load_scenario(BUGS / f"{name}.mm"), ["v6.1"])
    assert not run.mismatches
    assert {(v.invariant, v.page_kind) for _, v in run.broken} == KERNEL_BUGS[name]


@pytest.mark.parametrize("name", LATER_BUGS)
def test_what_a_real_612_does_wrong(name: str) -> None:
    """A real 6.12.117 gave each of these answers; 6.1 keeps all its promises."""
    before, later = run_kernels(load_scenario(BUGS / f"{name}.mm"), ["v6.1", "v6.12"])
    assert not before.mismatches and not later.mismatches and not before.broken
    assert {(v.invariant, v.page_kind) for _, v in later.broken} == LATER_BUGS[name]


def test_every_known_bug_is_a_scenario_and_no_other_is_there() -> None:
    assert {path.stem for path in BUGS.glob("*.mm")} == set(KERNEL_BUGS) | set(LATER_BUGS)
    shown = set().union(*KERNEL_BUGS.values())
    known = REAL_BUGS | OF_HUGE_PAGES
    assert {promise for promise, _ in shown} == {promise for promise, _ in known}
    assert shown <= known  # of coherent memory where both kinds break the same
