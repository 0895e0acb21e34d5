"""The search against an oracle that always runs both kernels, step by step, from the text."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from linuxmm.explore.catalogue import (
    MODIFIERS,
    SETUPS,
    START,
    TRIGGERS,
    Setup,
    applies,
    facts_after,
)
from linuxmm.explore.paths import Path
from linuxmm.explore.replay import KernelPair, try_observe
from linuxmm.explore.search import REMAINING, Found, Search
from linuxmm.kernels import load

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
        for observed in try_observe(path.text(), pair) or []:
            if observed.side != REMAINING:
                shown.add((observed.side, observed.what))
    assert shown <= found
    assert bool(shown) == (name != "anon-2")  # ordinary pages: the patch changes nothing


def test_the_same_kernel_twice_shows_nothing() -> None:
    found = search("v6.1", "v6.1", setup_of("coherent"))
    assert {d.side for d in found.differences.values()} <= {REMAINING}


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


def test_a_wrong_rule_is_found_with_its_smallest_path() -> None:
    """fork that does not see coherent pages: the first fork breaks mapcount."""
    kernel = load("split-v1")
    site = kernel.site("mm/memory.c:copy_present_pte")
    wrong = kernel.with_site(replace(site, lookup=((0, "lru"),)))
    found = Search(kernel, wrong, setups=(setup_of("coherent"),), modifiers=1).run()
    broken = [d for d in found.differences.values() if d.what == "mapcount"]
    assert broken and min(len(d.path.actions) for d in broken) == 1
    assert broken[0].path.actions[0].name == "fork"
