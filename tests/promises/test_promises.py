# SPDX-License-Identifier: GPL-2.0-or-later
"""Every promise is a whole record: words, a danger that is met, a wrong rule that breaks it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.explore.difference import INTRODUCED
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import Kernel, load
from linuxmm.play.steps_on_model import start
from linuxmm.promises import PROMISES
from linuxmm.promises.checks import check, dangerous
from linuxmm.promises.record import Promise, WrongRule
from linuxmm.promises.reference import BEGIN, END, reference
from linuxmm.promises.shadow import watch
from linuxmm.scenario.parse import load as load_scenario
from linuxmm.scenario.words import EVENTS, INVARIANTS
from linuxmm.state.constants import EVENT_NAMES
from linuxmm.state.layout import VMSTAT_NAMES
from tests.promises.walks import V61, Walk, walk

ROOT = Path(__file__).parent.parent.parent
NEAR = ROOT / "scenarios" / "invariants"
MODELLED = [promise for promise in PROMISES.values() if promise.about]
WITH_RULE = [(p, p.wrong) for p in MODELLED if p.wrong]
# What no rule can break: a wrong column does (test_checks.py:WRONG_COLUMNS), or a text of C
# (tests/source/test_execute.py).
WITHOUT_RULE = {
    "deferred-split",
    "lru-add",
    "lru-device",
    "memcg",
    "oops",
    "swap-count",
    "thp-device",
    "uffd-wp",
}


def test_the_records_are_the_words_of_the_language() -> None:
    assert tuple(PROMISES) == INVARIANTS
    assert [name for name, promise in PROMISES.items() if not promise.about] == ["thp-device"]


@pytest.mark.parametrize("promise", PROMISES.values(), ids=PROMISES)
def test_a_record_is_whole(promise: Promise) -> None:
    assert promise.says and promise.danger.__doc__
    assert "{pages}" in promise.broken
    assert bool(promise.wrong) != bool(promise.no_rule)
    assert bool(promise.answer) == bool(promise.answers)
    assert {EVENT_NAMES[code] for code in promise.logged} <= set(EVENTS)
    assert all(0 <= counter < len(VMSTAT_NAMES) for counter in promise.counters)


def test_what_no_rule_breaks_is_said() -> None:
    assert {p.id for p in PROMISES.values() if p.no_rule} == WITHOUT_RULE


@pytest.mark.parametrize(("promise", "wrong"), WITH_RULE, ids=[p.id for p, _ in WITH_RULE])
def test_a_wrong_rule_breaks_its_promise_and_what_it_says(
    promise: Promise, wrong: WrongRule
) -> None:
    right = _walk(wrong, load(wrong.base))
    assert right.broken == []
    assert promise.id in right.dangers
    assert _walk(wrong, wrong.kernel("wrong")).ids == {promise.id, *wrong.also}


def _walk(wrong: WrongRule, kernel: Kernel) -> Walk:
    return walk(";".join(wrong.steps), kernel, wrong.machine)


@pytest.mark.parametrize(("promise", "wrong"), WITH_RULE, ids=[p.id for p, _ in WITH_RULE])
def test_the_search_finds_the_wrong_rule(promise: Promise, wrong: WrongRule) -> None:
    assert any(promise.id in found for found in _introduced(wrong))


def _introduced(wrong: WrongRule) -> Iterator[set[str]]:
    """Set-up by set-up: which promises the wrong rule is seen to break there."""
    right, kernel = load(wrong.base), wrong.kernel("wrong")
    for setup in SETUPS:
        found = Search(right, kernel, setups=(setup,), modifiers=1).run()
        yield {difference.what for difference in found.of_side(INTRODUCED)}


@pytest.mark.parametrize("promise", MODELLED, ids=lambda p: p.id)
def test_a_scenario_comes_near(promise: Promise) -> None:
    """Each promise has a scenario under scenarios/invariants that could break it and does not."""
    scenario = load_scenario(NEAR / f"{promise.id}.mm")
    model = start(scenario.machine, V61)
    watch(model.machine)
    reached: set[str] = set()
    for step in scenario.steps:
        model.step(step)
        assert check(model.machine) == [], step
        reached |= dangerous(model.machine)
    assert promise.id in reached


def test_no_scenario_is_left_over() -> None:
    assert {path.stem for path in NEAR.glob("*.mm")} == {promise.id for promise in MODELLED}


def test_the_page_is_current() -> None:
    text = (ROOT / "docs" / "promises.md").read_text()
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == reference().strip()
