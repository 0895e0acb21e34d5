# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario that shows something: what a search hands on, shrinks, replays and prints at the end.

Its lines keep the words as they were written (the canonical form says more and in another order);
what they mean, the steps, is read from them once.
"""

from dataclasses import dataclass
from functools import cached_property

from linuxmm.scenario.lines import Line
from linuxmm.scenario.machineblock import parse_machine
from linuxmm.scenario.steps import parse_steps
from linuxmm.scenario.tree import Scenario
from linuxmm.scenario.words import HEADER, VERSION


@dataclass(frozen=True, order=True)
class Witness:
    """The lines of a machine and of the steps on it."""

    machine: tuple[str, ...]
    steps: tuple[str, ...]

    @cached_property
    def scenario(self) -> Scenario:
        """What the lines say.  Raises: ScenarioError."""
        machine = parse_machine(_lines(self.machine), "witness")
        steps = parse_steps(_lines(self.steps), machine, "witness")
        return Scenario("witness", "", machine, steps, file="witness")

    def text(self, name: str, intent: str) -> str:
        """The whole file."""
        lines = [f"{HEADER} {VERSION}", f"name:    {name}", f"intent:  {intent}", ""]
        if self.machine:
            lines += ["machine:", *(f"  {line}" for line in self.machine), ""]
        lines += ["steps:", *(f"  {line}" for line in self.steps)]
        return "\n".join(lines) + "\n"


def _lines(texts: tuple[str, ...]) -> list[Line]:
    return [Line(number, True, text) for number, text in enumerate(texts, 1)]
