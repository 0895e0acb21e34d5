"""The smallest part of a scenario on which model and kernel still differ, the kernel as judge."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from linuxmm.errors import ScenarioError
from linuxmm.scenario.format import format_scenario
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario

MAX_PLAYS: Final = 80
Differs = Callable[[Scenario], bool]


def minimise(scenario: Scenario, differs: Differs) -> Scenario:
    """Steps are left out, last first, as long as `differs` says that it still does."""
    best = replace(scenario, expects=(), never=(), exists=())
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
        return parse(format_scenario(replace(scenario, steps=steps)).encode(), scenario.file)
    except ScenarioError:
        return None
