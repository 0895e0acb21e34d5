# SPDX-License-Identifier: GPL-2.0-or-later
"""The smallest part of a scenario on which model and kernel still differ, the kernel as judge."""

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from linuxmm.errors import ScenarioError
from linuxmm.scenario.format import format_scenario
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate.score import Difference, Verdict

if TYPE_CHECKING:
    from linuxmm.validate.score import Judging

MAX_PLAYS: Final = 80
_PAGE: Final = re.compile(r"^P\d+\.\w+\[\d+\] ?|\d+$")
Differs = Callable[[Scenario], bool]


def make_small(judge: "Judging", verdict: Verdict) -> None:
    """Fills in the smallest scenario that still differs in the same observable, and how."""
    wanted = signature(verdict.differences[0])
    counted = deepcopy(judge.score)
    differences: dict[str, Sequence[Difference]] = {}

    def differs(smaller: Scenario) -> bool:
        (found,) = judge.judge_all([smaller])
        if wanted not in map(signature, found.differences):
            return False
        differences[format_scenario(smaller)] = found.differences
        return True

    try:
        small = minimise(verdict.scenario, differs)
        text = format_scenario(small)
        if text not in differences:  # nothing could be left out
            differs(small)
        verdict.small, verdict.small_differences = small, [*differences.get(text, ())]
    finally:
        judge.score.__dict__.update(counted.__dict__)  # these plays were not asked for


def signature(difference: Difference) -> str:
    """Which observable it is, whatever the page: ``(refcount) refcount``, ``smaps Rss``."""
    return f"{difference.verb} {_PAGE.sub('', difference.observable).strip()}"


def minimise(scenario: Scenario, differs: Differs) -> Scenario:
    """Steps are left out, last first, as long as `differs` says that it still does."""
    best = parse_again(replace(scenario, expects=(), never=(), exists=()))
    plays = 0
    again = True
    while again:
        again = False
        for i in reversed(range(len(best.steps))):
            smaller = without(best, i)
            if smaller is None or plays >= MAX_PLAYS:
                continue
            plays += 1
            if differs(smaller):
                best, again = smaller, True
    return best


def without(scenario: Scenario, i: int) -> Scenario | None:
    """The scenario without one step; None where a later step needs it."""
    steps = scenario.steps[:i] + scenario.steps[i + 1 :]
    if not steps:
        return None
    try:
        return parse_again(replace(scenario, steps=steps))
    except ScenarioError:
        return None


def parse_again(scenario: Scenario) -> Scenario:
    """With the line numbers of its own text."""
    return parse(format_scenario(scenario).encode(), scenario.file)
