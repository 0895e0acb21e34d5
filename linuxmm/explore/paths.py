# SPDX-License-Identifier: GPL-2.0-or-later
"""Paths through the catalogue: parsed once, replayed many times."""

from dataclasses import dataclass
from functools import cache

from linuxmm.explore.actions import PROBES, TRIGGERS
from linuxmm.explore.catalogue import START, Action, Setup, applies, machine_for
from linuxmm.explore.witness import Witness
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.scenario.tree import Step


@dataclass(frozen=True)
class Path:
    """A set-up and the actions made on it."""

    setup: Setup
    actions: tuple[Action, ...] = ()

    @property
    def last(self) -> str:
        """The name of its last action; empty without one."""
        return self.actions[-1].name if self.actions else ""

    def lines(self) -> tuple[str, ...]:
        """The steps as lines of the scenario language."""
        return (*self.setup.lines, *(line for action in self.actions for line in action.lines))

    def then(self, action: Action) -> "Path":
        return Path(self.setup, (*self.actions, action))

    def witness(self) -> Witness:
        """The whole scenario."""
        return Witness(machine_for(self.setup, self.lines()), self.lines())


@dataclass(frozen=True)
class Parsed:
    """Every line that a set-up may meet, as a step."""

    machine: MachineBlock
    steps: dict[str, Step]

    def of(self, lines: tuple[str, ...]) -> list[Step]:
        """These lines as steps."""
        return [self.steps[line] for line in lines]


@cache
def parsed(setup: Setup) -> Parsed:
    """Parse a set-up with every action that may follow it, as one long scenario."""
    following = _in_order(setup) if setup.modifiers >= 0 else []
    lines = list(dict.fromkeys(line for action in following for line in action.lines))
    every = (*setup.lines, *lines)
    scenario = Witness(machine_for(setup, every), every).scenario
    return Parsed(scenario.machine, dict(zip(every, scenario.steps, strict=True)))


def _in_order(setup: Setup) -> list[Action]:
    """Definitions first and ends last, so that the long scenario is a valid one."""
    actions = (*TRIGGERS, *PROBES)
    facts = START | {fact for action in actions for fact in action.gives}
    usable = [
        action
        for action in actions
        if applies(action, facts - {n[1:] for n in action.needs if n[0] == "!"}, setup)
    ]
    return sorted(usable, key=lambda a: (bool(a.ends), "P0" in a.ends, not a.gives))
