# SPDX-License-Identifier: GPL-2.0-or-later
"""The search against an oracle that always runs both kernels, step by step, from the text."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from linuxmm.explore.actions import MODIFIERS, TRIGGERS
from linuxmm.explore.catalogue import START, Setup, applies, facts_after
from linuxmm.explore.difference import CHANGED, INTRODUCED, REMAINING, Found
from linuxmm.explore.flips import cell_flips
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path, parsed
from linuxmm.explore.replay import try_observe
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.explore.walker import Walker
from linuxmm.explore.watch import watched_rules
from linuxmm.kernels import Kernel, load
from linuxmm.kernels.compile import compile_rules
from linuxmm.kernels.record import PredicateRow
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.state.sites import SITE_SMAPS_HUGETLB_RANGE
from linuxmm.state.vocabulary import FACT_ZERO_PFN
from tests.some_kernels import behaving

SOME_MODIFIERS = ("fork", "write", "mlock", "ksm", "pin", "to-sys")


def setup_of(name: str) -> Setup:
    return next(setup for setup in SETUPS if setup.name == name)


def short_paths(setup: Setup) -> Iterator[Path]:
    """Every trigger, alone and behind one of a few modifiers."""
    starts = [(Path(setup), START)]
    for modifier in MODIFIERS:
        if modifier.name in SOME_MODIFIERS and applies(modifier, START, setup):
            starts.append((Path(setup, (modifier,)), facts_after(modifier, START)))
    for path, facts in starts:
        for trigger in TRIGGERS:
            if applies(trigger, facts, setup):
                yield path.then(trigger)


def search(before: str, after: str, setup: Setup, modifiers: int = 1) -> Found:
    return Search(load(before), load(after), setups=(setup,), modifiers=modifiers).run()


@pytest.mark.parametrize("name", ["coherent", "fsdax-mixed", "anon-2"])
def test_nothing_is_lost_by_running_one_kernel_only(name: str) -> None:
    """What both kernels show side by side on a short path, the search has found as well."""
    setup = setup_of(name)
    found = {
        (d.side, d.what) for d in search("v5.17-coherent", "split-v1", setup).differences.values()
    }
    pair = KernelPair.of(load("v5.17-coherent"), load("split-v1"))
    shown = set()
    for path in short_paths(setup):
        for observed in try_observe(path.witness(), pair):
            if observed.side != REMAINING:
                shown.add((observed.side, observed.what))
    assert shown <= found
    assert bool(shown) == (name != "anon-2")  # ordinary pages: the patch changes nothing


def test_the_same_kernel_twice_shows_nothing() -> None:
    found = search("v6.1", "v6.1", setup_of("coherent"))
    assert not found.differences
    assert found.bounds.states > 10


def test_the_same_search_finds_the_same() -> None:
    first, second = (search("v5.17-coherent", "split-v1", setup_of("coherent")) for _ in range(2))
    assert list(first.differences.values()) == list(second.differences.values())
    assert first.bounds == second.bounds
    assert first.reached == second.reached


def test_a_rule_that_nobody_reads_is_no_difference() -> None:
    """A kernel that differs at an unmodelled site only."""
    kernel = load("v6.1")
    site = kernel.site("mm/khugepaged.c:__collapse_huge_page_isolate")
    other = kernel.with_site(replace(site, tests=()))
    found = Search(kernel, other, setups=(setup_of("coherent"),), modifiers=1).run()
    assert not [d for d in found.differences.values() if d.side != REMAINING]


def test_a_table_that_grows_on_one_side_only_is_compared() -> None:
    """A reuse by the old rule copies where the other does not: one block has more rows then."""
    kernel = load("v6.1")
    other = behaving(kernel, "cow_reuse", "count_and_mapcount_1")
    found = Search(kernel, other, setups=(setup_of("file-anon"),), modifiers=1).run()
    assert found.bounds.states > 10


def test_a_wrong_rule_is_found_with_its_smallest_path() -> None:
    """fork that does not see coherent pages: the first fork breaks mapcount."""
    kernel = load("split-v1")
    site = kernel.site("mm/memory.c:copy_present_pte")
    wrong = kernel.with_site(replace(site, lookup=((0, "lru"),)))
    found = Search(kernel, wrong, setups=(setup_of("coherent"),), modifiers=1).run()
    broken = [d for d in found.differences.values() if d.what == "mapcount"]
    assert broken and min(len(d.path.actions) for d in broken) == 1
    assert broken[0].path.actions[0].name == "fork"


# --- huge pages of a pool ---
def test_pages_of_hugetlb_are_met() -> None:
    """smaps comes by its site for them, and nothing of two pages, shared or not, is undecided."""
    for name in ("hugetlb", "hugetlb-forked", "hugetlb-taken", "hugetlb-shared"):
        found = search("v6.1", "v6.1", setup_of(name))
        assert SITE_SMAPS_HUGETLB_RANGE in found.reached, name
        assert not found.differences and not found.undecided


@pytest.mark.parametrize(
    ("name", "value", "verb"),
    [("hugetlb_dontneed", "no", "madvise"), ("anon_exclusive", "no", "kpageflags")],
)
def test_a_behaviour_of_hugetlb_is_seen(name: str, value: str, verb: str) -> None:
    """MADV_DONTNEED of them is refused before 5.18; PG_anon_exclusive is of 5.19."""
    kernel = load("v6.1")
    other = behaving(kernel, name, value)
    found = Search(kernel, other, setups=(setup_of("hugetlb"),), modifiers=1).run()
    assert verb in {d.what for d in found.differences.values() if d.side == CHANGED}


# --- no difference between two kernels is invisible ---
ADD_PAGE = "mm/migrate.c:add_page_for_migration"


def with_flags(site: str, *flags: str) -> Kernel:
    """v6.1 with other FOLL_ flags at one caller of follow_page."""
    kernel = load("v6.1")
    mask = sum(FOLL_FLAGS[flag] for flag in flags)
    return kernel.with_site(replace(kernel.site(site), flags=mask))


def sides(before: Kernel, after: Kernel, name: str, modifiers: int = 0) -> set[tuple[str, str]]:
    found = Search(before, after, setups=(setup_of(name),), modifiers=modifiers).run()
    return {(d.side, d.what) for d in found.differences.values() if d.side != REMAINING}


@pytest.mark.parametrize(
    ("site", "flags", "name", "what"),
    [
        # follow_page without FOLL_GET takes no reference, the caller drops one all the same
        (ADD_PAGE, ("FOLL_DUMP",), "anon", (INTRODUCED, "refcount")),
        # without FOLL_DUMP the zero page is not refused with -EFAULT but with the next test
        (ADD_PAGE, ("FOLL_GET",), "zero", (CHANGED, "move_pages")),
        ("mm/ksm.c:get_mergeable_page", (), "ksm-hole", (INTRODUCED, "refcount")),
        ("mm/ksm.c:break_ksm", ("FOLL_MIGRATION", "FOLL_REMOTE"), "ksm-once",
         (INTRODUCED, "refcount")),
    ],
)  # fmt: skip
def test_flags_of_a_caller_part_two_kernels(
    site: str, flags: tuple[str, ...], name: str, what: tuple[str, str]
) -> None:
    assert what in sides(load("v6.1"), with_flags(site, *flags), name, modifiers=1)


def test_what_a_refused_page_gets_parts_two_kernels() -> None:
    """mm/hmm.c:hmm_vma_handle_pte gives -EFAULT where there is no page; with another errno..."""
    kernel = load("v6.1")
    rule = kernel.site("mm/hmm.c:hmm_vma_handle_pte")
    other = kernel.with_site(replace(rule, refused="-EINVAL"))
    assert (CHANGED, "read") in sides(kernel, other, "mixedmap-by-device")


@pytest.mark.parametrize(
    ("behaviour", "word", "line", "asked"),
    [
        # mm/gup.c:follow_page_pte asks in which order it looks; a read fault asks nothing of it
        ("gup_lookup_before_write_test", "no", "P0: h = pin a FOLL_WRITE", True),
        ("gup_lookup_before_write_test", "no", "P0: read a", False),
        # mm/migrate.c:move_pages_and_store_status counts pages that stay: none does here
        ("move_pages_result", "one_short", "P0: move_pages a node1", False),
    ],
)
def test_a_behaviour_parts_two_kernels_where_it_is_read(
    behaviour: str, word: str, line: str, asked: bool
) -> None:
    kernel, setup = load("v6.1"), setup_of("anon")
    other = behaving(kernel, behaviour, word)
    walker = Walker(parsed(setup).machine, other, watched_rules(other, kernel))
    for step in parsed(setup).of(setup.lines):
        walker.step(step)
    (step,) = parsed(setup).of((line,))
    assert walker.run(step).diverged == asked


def test_a_pin_that_never_ends_is_a_broken_promise() -> None:
    """No page of system memory may be pinned long-term any more: a real kernel tries for ever."""
    kernel = load("v6.1")
    rows = (PredicateRow(FACT_ZERO_PFN, 0, True, "zero_pfn -> yes"),
            PredicateRow(0, 0, False, "otherwise -> no"))  # fmt: skip
    predicates = dict(kernel.predicates) | {"longterm_pinnable": rows}
    other = kernel.replace(predicates=tuple(predicates.items()))
    found = Search(kernel, other, setups=(setup_of("anon"),), modifiers=0).run()
    assert ("ends", "anon") in {(d.what, d.page_kind) for d in found.of_side(INTRODUCED)}


def test_a_step_that_only_one_kernel_can_follow_is_kept() -> None:
    """A kernel without FOLL_LONGTERM cannot be asked for a long-term pin."""
    kernel = load("v6.1")
    other = kernel.replace(foll=tuple(f for f in kernel.foll if f[0] != "FOLL_LONGTERM"))
    found = Search(kernel, other, setups=(setup_of("anon"),), modifiers=0).run()
    (one,) = found.undecided.values()
    assert (one.who, one.why) == ("after", "debian-6.1 has no FOLL_LONGTERM")
    assert one.path.actions[-1].name == "pin-longterm"


@pytest.mark.parametrize(
    "site", [ADD_PAGE, "mm/ksm.c:get_mergeable_page", "mm/hmm.c:hmm_vma_handle_pte"]
)
def test_a_step_that_asked_nothing_that_differs_is_the_same_on_both(site: str) -> None:
    """Every cell flipped: where no mark is set, results and states are equal step by step."""
    kernel = load("v6.1")
    compared = 0
    for flip in cell_flips(kernel, kernel.site(site)):
        for name in ("coherent-anon", "zero-anon", "mixedmap-by-device", "ksm-hole"):
            compared += unmarked_steps(kernel, flip.kernel, setup_of(name))
    assert compared > 100


def unmarked_steps(before: Kernel, after: Kernel, setup: Setup) -> int:
    """How many triggers the two kernels were compared on without any mark of a difference."""
    known, count = parsed(setup), 0
    a = Walker(known.machine, after, watched_rules(after, before))
    b = Walker(known.machine, before, compile_rules(before))
    ran = a.begin()
    for walker in (a, b):
        for step in known.of(setup.lines):
            walker.step(step)
    if ran.diverged:
        return 0
    start = a.snapshot(), b.snapshot()
    for action in TRIGGERS:
        if not applies(action, START, setup):
            continue
        a.restore(start[0])
        b.restore(start[1])
        ran = a.begin()
        results = [[w.step(step).result for step in known.of(action.lines)] for w in (a, b)]
        if not ran.diverged:
            assert results[0] == results[1], (setup.name, action.name)
            assert a.snapshot().state == b.snapshot().state, (setup.name, action.name)
            count += 1
    return count
